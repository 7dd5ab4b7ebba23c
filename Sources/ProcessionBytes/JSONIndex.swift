import CProcessionBytes

/// Where the bytes stand that mean something in JSON: for each 64 bytes of text a word for each kind, whose bit i says
/// whether byte i is of that kind (CShims/Bytes).
struct JSONIndex {
    /// So many blocks at a time, that they stay in the nearest cache.
    private static let most = 16
    /// Bytes that are looked at at a time.
    static let span = most * 64
    private var blocks = InlineArray<16, procession_json_block>(repeating: procession_json_block())
    private let instructions: Instructions

    init(_ instructions: Instructions) { self.instructions = instructions }

    subscript(_ block: Int) -> procession_json_block { blocks[block] }

    /// Looks at bytes, at most `span`. What stands behind them in the last block is nothing that JSON has.
    mutating func look(at bytes: Span<UInt8>) {
        let whole = bytes.count / 64
        fill(0..<whole, from: bytes.extracting(first: whole * 64))
        guard whole * 64 < bytes.count else { return }
        var last = InlineArray<64, UInt8>(repeating: 0)
        for place in whole * 64..<bytes.count { last[place - whole * 64] = bytes[place] }
        fill(whole..<whole + 1, from: last.span)
    }

    private mutating func fill(_ range: Range<Int>, from bytes: Span<UInt8>) {
        precondition(range.upperBound <= Self.most && bytes.count == range.count * 64)
        guard instructions != .bytewise else {
            for block in range { blocks[block] = procession_json_block(bytes, from: (block - range.lowerBound) * 64) }
            return
        }
        var target = blocks.mutableSpan
        // Safe: there are as many bytes and blocks as is said, and both are borrowed for the call.
        unsafe target.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                guard let bytes = bytes.baseAddress, let target = target.baseAddress else { return }
                unsafe procession_index_json(
                    bytes, UInt64(range.count), target + range.lowerBound, instructions.width)
            }
        }
    }
}

extension procession_json_block {
    /// The same, a byte after the other.
    init(_ bytes: Span<UInt8>, from start: Int) {
        self.init()
        for place in 0..<64 {
            let bit: UInt64 = 1 << place
            switch bytes[start + place] {
            case UInt8(ascii: "\""): quotes |= bit
            case UInt8(ascii: ":"): colons |= bit
            case UInt8(ascii: ","): commas |= bit
            case UInt8(ascii: "{"): opening_braces |= bit
            case UInt8(ascii: "}"): closing_braces |= bit
            case UInt8(ascii: " "): spaces |= bit
            case UInt8(ascii: "\n"): newlines |= bit
            case UInt8(ascii: "-"): minuses |= bit
            case UInt8(ascii: "."): points |= bit
            case UInt8(ascii: "0"): (zeros, digits) = (zeros | bit, digits | bit)
            case UInt8(ascii: "1")...UInt8(ascii: "9"): digits |= bit
            case UInt8(ascii: "\\"): backslashes |= bit
            case 0..<UInt8(ascii: " "): controls |= bit
            case 0x80...: wide |= bit
            default: break
            }
        }
    }
}
