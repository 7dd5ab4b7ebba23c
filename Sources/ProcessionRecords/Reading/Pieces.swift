import ProcessionSegment

/// Short texts that are written or compared again and again, side by side in one array so that to use one counts no
/// references.
struct Pieces {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []

    init(_ pieces: [[UInt8]]) {
        for piece in pieces {
            ranges.append(bytes.count..<bytes.count + piece.count)
            bytes += piece
        }
    }

    /// Appends the piece at `index` without its first `dropped` bytes.
    @inline(__always)
    func append(_ index: Int, dropping dropped: Int = 0, to output: inout ByteWriter) {
        output.append(piece: bytes.span.extracting(ranges[index]).extracting(dropped...))
    }
}

extension Pieces {
    /// Whether the piece at `index` is the member's name.
    @inline(__always)
    func isName(_ index: Int, of member: JSONMember, _ text: Span<UInt8>) -> Bool {
        member.isNamed(bytes.span.extracting(ranges[index]), text)
    }
}

extension ByteWriter {
    /// Appends a text that most often has one byte, a comma or a newline, or none, and is not worth a copy then.
    @inline(__always)
    mutating func append(piece: Span<UInt8>) {
        switch piece.count {
        case 0: return
        case 1: append(piece[0])
        default: append(piece)
        }
    }
}
