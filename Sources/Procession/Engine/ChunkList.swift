/// The chunks that have not been drained, in the order of their records.
///
/// A ring through two marks that are no chunks: `border` before the first and behind the last of them, and `gap` where
/// the records belong that have not been handed out. Behind the gap stand chunks of the end that were begun before their
/// turn. So a chunk can be split or replaced wherever it stands, without anybody looking for it.
final class ChunkList {
    private let border = Chunk.mark()
    private let gap = Chunk.mark()

    init() { reset() }

    deinit { unlinkAll() }

    /// The oldest chunk; nil when there is none, or when records before all of them have not been handed out.
    var head: Chunk? {
        let first = border.next!
        return first === border || first === gap ? nil : first
    }

    /// All chunks, the oldest first.
    var all: some Sequence<Chunk> {
        let chunks = sequence(first: border.next!) { $0.next }
        return chunks.lazy.prefix { [border] in $0 !== border }.filter { [gap] in $0 !== gap }
    }

    /// All chunks were drained, and no further one will come.
    var isOver: Bool { border.next === border }

    /// Forgets all chunks; further ones may come.
    func reset() {
        unlinkAll()
        link(border, gap)
        link(gap, border)
    }

    /// Adds the chunk whose records follow those that were handed out in order.
    func append(_ chunk: Chunk) { insert(chunk, after: gap.previous!) }

    /// Adds a chunk of the end before its turn, whose records come before all that were added so.
    func appendEarly(_ chunk: Chunk) { insert(chunk, after: gap) }

    /// Says that all records have been handed out.
    func close() {
        guard let next = gap.next else { return }
        link(gap.previous!, next)
        gap.next = nil
    }

    func insert(_ chunk: Chunk, after previous: Chunk) {
        link(chunk, previous.next!)
        link(previous, chunk)
    }

    /// Puts `chunk` where `old` is.
    func replace(_ old: Chunk, with chunk: Chunk) {
        insert(chunk, after: old)
        remove(old)
    }

    func remove(_ chunk: Chunk) {
        link(chunk.previous!, chunk.next!)
        chunk.next = nil
        chunk.previous = nil
    }

    private func link(_ first: Chunk, _ second: Chunk) {
        first.next = second
        second.previous = first
    }

    /// One by one: a ring would keep itself alive, and a chain of many thousands would overflow the stack as it goes.
    private func unlinkAll() {
        var chunk = border.next
        border.next = nil
        while let next = chunk?.next {
            chunk?.next = nil
            chunk = next
        }
    }
}

extension Chunk {
    /// A mark in the ring.
    fileprivate static func mark() -> Chunk {
        Chunk(first: 0, items: 0..<0, keyOffset: 0, input: 0..<0, slotOffset: 0, storage: [])
    }
}
