import CProcessionShims
import ProcessionSegment

/// Reading the failures that a worker wrote into a chunk's overflow bytes.
extension Supervisor {
    /// The items below `done` whose function threw, in order, the first `most` of them with their reasons; nil when the
    /// list is not one that a worker writes.
    ///
    /// Entries are linked from the newest to the oldest. Each must lie inside the chunk's overflow and name a smaller
    /// item and lie behind the one before it, so that the walk ends whatever the memory says, and no text is taken twice.
    func failures(of chunk: Chunk, _ report: PlaceReport, upTo done: Int, keeping most: Int) -> Chunk.Failures? {
        guard report.failure != 0 else { return Chunk.Failures() }
        guard let overflow = chunk.overflow?.range else { return nil }
        let reader = segments.resultReader
        let size = MemoryLayout<procession_failure>.size
        var found: [(item: Int, text: Range<Int>)] = []
        var link = report.failure
        var bound = chunk.items.upperBound
        var free = 0
        while link != 0 {
            guard let offset = Int(exactly: link - 1), offset >= free, offset <= overflow.count - size else {
                return nil
            }
            let entry = reader.load(at: overflow.lowerBound + offset, as: procession_failure.self)
            guard let item = Int(exactly: entry.item), chunk.items.lowerBound <= item, item < bound,
                let count = Int(exactly: entry.count), count <= overflow.count - size - offset
            else { return nil }
            // An entry at or above `done` belongs to an item that was not published any more.
            let text = overflow.lowerBound + offset + size
            if item < done { found.append((item, text..<text + count)) }
            bound = item
            free = offset + size + count
            link = entry.previous
        }
        found.reverse()
        let first = found.prefix(most).map { failure in
            (failure.item, reader.text(at: failure.text.lowerBound, count: failure.text.count))
        }
        return Chunk.Failures(first: first, others: found.dropFirst(most).map(\.item))
    }
}
