import ProcessionSegment
import ProcessionSystem

/// A run over records that all have their place in the segment, each with a slot that is its result's final place.
///
/// What does not lie there yet is laid out chunk by chunk, so that workers map the first records while the others are
/// still on their way.
struct ArenaSource: RecordSource {
    /// How many records there are, how far their parts lie from one to the next, and where the results go.
    struct Shape {
        var count: Int
        var keyStride: Int, valueStride: Int
        var slotOffset: _ResultOffset, slotStride: Int
    }

    let shape: Shape
    private(set) var results: ArenaResults
    private let input: ArenaInput
    /// When the step began to lay out.
    private var begun: Instant?
    /// The records that have not been handed out.
    private var rest: Range<Int>
    /// Chunks that are still to be taken from the end, before all others.
    private var early: Int

    /// - Parameter early: How many chunks of the end are begun first. What is expensive there, as in input that is
    ///   sorted
    ///   by size, would otherwise be begun when nobody has anything else left to do.
    init(_ shape: Shape, _ input: ArenaInput, early: Int, _ results: ArenaResults) {
        self.shape = shape
        self.input = input
        self.early = early
        rest = 0..<shape.count
        self.results = results
    }

    var remaining: Int? { rest.count }
    /// Longer than a stream's, where results are waited for: the parent takes 2 µs of a worker's core for each.
    var chunkTarget: Duration { .microseconds(500) }

    mutating func next(limit: Int) throws -> Supply {
        guard !rest.isEmpty else { return .end }
        guard input.isLaidOut || hasTime() else { return .notNow(nil) }
        // Longer chunks end where a cache line of slots ends, so that no line has two writers.
        func border(_ index: Int) -> Int {
            limit < 64 || !rest.contains(index) ? min(max(index, rest.lowerBound), rest.upperBound) : index & ~63
        }
        if early > 0 {
            early -= 1
            let first = max(border(rest.upperBound - min(limit, rest.count)), rest.lowerBound)
            defer { rest = rest.lowerBound..<first }
            return .chunk(try chunk(first..<rest.upperBound), isEarly: true)
        }
        let end = border(rest.lowerBound + min(limit, rest.count))
        defer { rest = end..<rest.upperBound }
        return .chunk(try chunk(rest.lowerBound..<end))
    }

    /// Whether a step that lays out may go on. It does not for long, because workers are woken at its end.
    private mutating func hasTime() -> Bool {
        let now = Instant.now
        guard let begun else {
            begun = now
            return true
        }
        return now - begun < Self.patience
    }

    /// Several times what a worker takes to wake. From 30 to 400 µs all do; with milliseconds workers wait.
    private static let patience = Duration.microseconds(100)

    private mutating func chunk(_ records: Range<Int>) throws(PoolError) -> Chunk {
        try input.layOut(records)
        let first = records.lowerBound
        let values = input.valueOffset + first * shape.valueStride
        let keys = shape.keyStride == 0 ? nil : input.keyOffset.map { $0 + first * shape.keyStride }
        return Chunk(
            first: first, items: 0..<records.count, keyOffset: keys, input: values..<values,
            slotOffset: shape.slotOffset + first * shape.slotStride, storage: [])
    }

    mutating func drain(_ chunk: Chunk) throws { try results.take(chunk) }

    mutating func flush() { begun = nil }

    func overflowEstimate(records: Int, inputBytes: Int) -> Int { results.overflowEstimate(records: records) }
}
