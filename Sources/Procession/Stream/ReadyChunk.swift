public import ProcessionSegment

/// Results of a chunk of a stream, in shared memory until they are taken.
struct ReadyChunk: Sendable {
    private let first: Int
    private var items: Range<Int>
    private let slotOffset: _ResultOffset
    private let failures: [RecordFailure]
    private var nextFailure = 0
    /// What the results lie in.
    private let extents: [any AnyExtent]
    private let overflow: Extent<_ResultSegment>?

    init(
        first: Int, items: Range<Int>, slotOffset: _ResultOffset, failures: [RecordFailure],
        extents: [any AnyExtent], overflow: Extent<_ResultSegment>?
    ) {
        self.first = first
        self.items = items
        self.slotOffset = slotOffset
        self.failures = failures
        self.extents = extents
        self.overflow = overflow
    }

    /// Takes the records up to the next failure, or that failure. Nil when all are taken.
    mutating func next() -> StreamPiece? {
        guard !items.isEmpty else { return nil }
        let begin = items.lowerBound
        guard nextFailure < failures.count else {
            defer { items = items.upperBound..<items.upperBound }
            return results(items)
        }
        let failure = failures[nextFailure]
        let failed = failure.index - first
        guard begin == failed else {
            items = failed..<items.upperBound
            return results(begin..<failed)
        }
        nextFailure += 1
        items = begin + 1..<items.upperBound
        return .failure(failure)
    }

    private func results(_ items: Range<Int>) -> StreamPiece {
        .results(items, slotOffset: slotOffset, overflowBytes: overflow?.range.count ?? 0)
    }
}

/// What comes next in a stream.
@usableFromInline
enum StreamPiece {
    /// Results of items, whose slots lie at their stride from the offset of item 0. They stay until the next piece.
    case results(Range<Int>, slotOffset: _ResultOffset, overflowBytes: Int)
    case failure(RecordFailure)
}
