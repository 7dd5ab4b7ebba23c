import CProcessionBytes

/// Where rows of CSV end: at line feeds outside of quotation marks, of which each opens or closes. In a text whose rows
/// are well-formed these are their ends; whether they are, nothing here asks.
package struct RowEnds {
    /// The position behind the end that was wanted, or behind the last one; 0 where there is none.
    package private(set) var end = 0
    /// How many ends lie before that position.
    package private(set) var count = 0
    /// Whether a quotation mark is open behind all bytes, where there are fewer ends than were wanted.
    package private(set) var isQuoted = false

    /// So many words at a time, one for each 64 bytes.
    private static let most = 16
    private var words = InlineArray<16, UInt64>(repeating: 0)
    private var inside: UInt64 = 0

    /// Looks for the end that is number `wanted`.
    ///
    /// - Parameter isQuoted: Whether a quotation mark is open before the bytes.
    package init(
        _ wanted: Int, in bytes: Span<UInt8>, isQuoted: Bool = false, _ instructions: Instructions = .widest
    ) {
        inside = isQuoted ? .max : 0
        var base = 0
        while base < bytes.count, count < wanted {
            let next = min(base + Self.most * 64, bytes.count)
            let found = look(at: bytes.extracting(base..<next), instructions)
            take(found, from: base, atMost: wanted - count)
            base = next
        }
        self.isQuoted = inside != 0
    }

    /// Moves behind the ends among those found from `base` on, but no more than `limit`.
    private mutating func take(_ found: Int, from base: Int, atMost limit: Int) {
        count += min(found, limit)
        guard found > limit else {
            if let last = words.indices.last(where: { words[$0] != 0 }) {
                end = base + 64 * last + 64 - words[last].leadingZeroBitCount
            }
            return
        }
        var rest = limit
        for block in words.indices {
            var word = words[block]
            while word != 0, rest > 0 {
                end = base + 64 * block + word.trailingZeroBitCount + 1
                word &= word - 1
                rest -= 1
            }
        }
    }

    /// Fills the words and returns how many bits are set.
    private mutating func look(at bytes: Span<UInt8>, _ instructions: Instructions) -> Int {
        for block in words.indices { words[block] = 0 }
        guard instructions != .bytewise else { return lookAtEach(of: bytes) }
        precondition(bytes.count <= Self.most * 64)
        var inside = inside
        var target = words.mutableSpan
        // Safe: there are as many bytes as is said and a word for each 64, and all are borrowed for the call.
        let found = unsafe target.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { bytes -> UInt64 in
                guard let base = bytes.baseAddress, let target = target.baseAddress else { return 0 }
                return unsafe procession_find_row_ends(base, UInt64(bytes.count), target, &inside, instructions.width)
            }
        }
        self.inside = inside
        return Int(found)
    }

    private mutating func lookAtEach(of bytes: Span<UInt8>) -> Int {
        var found = 0
        for place in bytes.indices {
            switch bytes[place] {
            case UInt8(ascii: "\""): inside = ~inside
            case UInt8(ascii: "\n") where inside == 0:
                words[place / 64] |= 1 << UInt64(place % 64)
                found += 1
            default: break
            }
        }
        return found
    }
}
