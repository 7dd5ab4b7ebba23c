/// How many bytes at the front of lines are plainly a JSON object each: what programs write. What stands behind them
/// may well be JSON, and is for a slower reader to judge.
package struct PlainObjects {
    private var index: JSONIndex
    /// Lines that are given to the reader of nested objects before the flat ones are looked for again.
    private var patience = 1

    package init(_ instructions: Instructions = .widest) { index = JSONIndex(instructions) }

    package mutating func count(in lines: Span<UInt8>) -> Int {
        guard !lines.isEmpty, lines[lines.count - 1] == UInt8(ascii: "\n") else { return 0 }
        var end = 0
        while true {
            let flat = FlatObjects.count(in: lines.extracting(end...), &index)
            end += flat
            guard end < lines.count else { return end }
            // To look in vain costs a hundred bytes' worth of the other's work.
            patience = flat > 1024 ? 1 : min(patience * 2, 64)
            let nested = NestedObjects.count(in: lines.extracting(end...), atMost: patience)
            guard nested > 0 else { return end }
            end += nested
        }
    }
}
