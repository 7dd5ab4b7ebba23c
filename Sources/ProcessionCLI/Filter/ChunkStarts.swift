import Procession
import ProcessionRecords

/// Where the chunks begin that are under way, in their order.
struct ChunkStarts {
    private var starts: [(first: Int, border: RecordSplitter.Border)] = []
    /// Those before this one have been passed.
    private var head = 0

    var count: Int { starts.count - head }

    /// Notes a chunk that was cut off: the number of its first record, and where that begins.
    mutating func append(first: Int, _ border: RecordSplitter.Border) { starts.append((first, border)) }

    /// Where the text of a chunk, or of a part of one, begins. Those before it are forgotten.
    mutating func border(before chunk: Chunk) -> RecordSplitter.Border {
        while starts[head].first < chunk.first { head += 1 }
        if head > 1024, head * 2 > starts.count {
            starts.removeFirst(head)
            head = 0
        }
        return starts[head].border
    }
}
