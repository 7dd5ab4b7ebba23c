/// The chunks of a run that have not been drained, in the order of their records, and the sum of those that have.
///
/// A chain, in which there may be a gap where the records belong that have not been handed out. Behind the gap stand
/// chunks of the end that were begun before their turn. So a chunk can be split wherever it stands, without anybody
/// looking for it.
final class ChunkList {
    private var first: Chunk?
    /// The chunk before the gap; nil when none is.
    private var beforeGap: Chunk?
    /// All records have been handed out: there is no gap.
    private var isClosed = false
    private(set) var drained = Drained()

    struct Drained: Equatable {
        var records = 0
        var failed = 0
        var inputBytes = 0
    }

    deinit { reset() }

    /// The oldest chunk; nil when there is none, or when records before all of them have not been handed out.
    var head: Chunk? { isClosed || beforeGap != nil ? first : nil }

    /// All chunks, the oldest first.
    var all: some Sequence<Chunk> {
        sequence(state: first) { next in
            defer { next = next?.next }
            return next
        }
    }

    /// All chunks were drained, and no further one will come.
    var isOver: Bool { isClosed && first == nil }

    /// Adds the chunk whose records follow those that were handed out in order.
    func append(_ chunk: Chunk) {
        appendEarly(chunk)
        beforeGap = chunk
    }

    /// Adds a chunk of the end before its turn, whose records come before all that were added so.
    func appendEarly(_ chunk: Chunk) {
        if let beforeGap {
            chunk.next = beforeGap.next
            beforeGap.next = chunk
        } else {
            chunk.next = first
            first = chunk
        }
    }

    /// Says that all records have been handed out.
    func close() { isClosed = true }

    func insert(_ chunk: Chunk, after previous: Chunk) {
        chunk.next = previous.next
        previous.next = chunk
        if previous === beforeGap { beforeGap = chunk }
    }

    /// Removes the oldest chunk, and counts it.
    func drainHead() {
        guard let chunk = head else { return }
        drained.records += chunk.items.count
        drained.failed += chunk.failures.count
        // The parts of a split chunk share their input; one of them holds its first item.
        if chunk.items.lowerBound == 0 { drained.inputBytes += chunk.input.count }
        first = chunk.next
        chunk.next = nil
        if chunk === beforeGap { beforeGap = nil }
    }

    /// Forgets all chunks, one by one: a chain of many thousands would overflow the stack as it goes.
    func reset() {
        while let chunk = first {
            first = chunk.next
            chunk.next = nil
        }
        beforeGap = nil
    }
}
