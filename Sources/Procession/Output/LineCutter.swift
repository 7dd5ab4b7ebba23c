/// Cuts what a worker prints into lines, as it comes, and keeps no more of it than a piece.
struct LineCutter {
    struct Piece: Hashable {
        let bytes: [UInt8]
        /// False where the line goes on in the next one.
        let endsLine: Bool
    }

    private let longest: Int
    /// What has come since the last newline, or since the last piece of the same line.
    private var rest: [UInt8] = []
    /// A piece of the line was cut off before.
    private var isContinued = false

    init(longest: Int = WorkerOutput.longestPiece) { self.longest = longest }

    /// The lines that end in what has come, and pieces of one that is too long.
    mutating func cut(_ bytes: ArraySlice<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        var bytes = bytes
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            append(bytes[..<end], &pieces)
            pieces.append(takeRest())
            bytes = bytes[(end + 1)...]
        }
        append(bytes, &pieces)
        return pieces
    }

    /// Nothing more comes: what there is of a line that has no newline.
    mutating func finish() -> Piece? { rest.isEmpty && !isContinued ? nil : takeRest() }

    private mutating func takeRest() -> Piece {
        defer { (rest, isContinued) = ([], false) }
        return Piece(bytes: rest, endsLine: true)
    }

    /// Bytes without a newline.
    private mutating func append(_ bytes: ArraySlice<UInt8>, _ pieces: inout [Piece]) {
        rest += bytes
        var start = 0
        while rest.count - start > longest {
            let end = characterStart(near: start + longest, above: start)
            pieces.append(Piece(bytes: Array(rest[start..<end]), endsLine: false))
            isContinued = true
            start = end
        }
        rest.removeFirst(start)
    }

    /// The last place up to `end` at which a character of UTF-8 begins, if that is near.
    private func characterStart(near end: Int, above start: Int) -> Int {
        let near = max(start + 1, end - 3)...end
        return near.last { rest[$0] & 0xC0 != 0x80 } ?? end
    }
}
