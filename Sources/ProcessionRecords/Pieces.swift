import ProcessionSegment

/// Short texts that are written again and again, side by side in one array so that writing one counts no references.
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
    func append(_ index: Int, dropping dropped: Int = 0, to output: inout ByteWriter) {
        output.append(bytes.span.extracting(ranges[index]).extracting(dropped...))
    }
}
