import ProcessionBytes

/// Passes lines or rows by their ends alone, in a text that comes in pieces; nothing is read of what is in them.
package struct RowPass {
    private let hasQuotes: Bool
    /// Whether a quotation mark is open behind what was passed.
    private var isQuoted = false

    package init(format: RecordFormat) {
        hasQuotes = format == .csv
    }

    /// Passes what goes on in `bytes`, and says where number `wanted` of it ends, or that the bytes do, and how many have
    /// ended by then.
    package mutating func pass(_ wanted: Int, in bytes: Span<UInt8>) -> (end: Int, count: Int) {
        guard wanted > 0 else { return (0, 0) }
        guard hasQuotes else {
            let (end, count) = endOfLine(wanted, in: bytes, from: 0)
            return (end, count)
        }
        let ends = RowEnds(wanted, in: bytes, isQuoted: isQuoted)
        let isFound = ends.count == wanted
        isQuoted = !isFound && ends.isQuoted
        return (isFound ? ends.end : bytes.count, ends.count)
    }
}
