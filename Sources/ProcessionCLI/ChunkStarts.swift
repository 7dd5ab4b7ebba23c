import Procession

/// The lines on which the chunks begin that are under way, in their order.
struct ChunkStarts {
    private var starts: [(first: Int, line: Int)] = []
    /// Those before this one have been passed.
    private var head = 0

    /// Notes a chunk that was cut off: the number of its first record, and its line.
    mutating func append(first: Int, line: Int) { starts.append((first, line)) }

    /// Where the text of a chunk, or of a part of one, begins. Those before it are forgotten.
    mutating func line(of chunk: Chunk) -> Int {
        while starts[head].first < chunk.first { head += 1 }
        if head > 1024, head * 2 > starts.count {
            starts.removeFirst(head)
            head = 0
        }
        return starts[head].line
    }
}
