import ProcessionSegment

/// A run over records that all lie in the segment, each with a slot that is its result's final place.
struct ArenaSource: RecordSource {
    /// Where the records lie. A stride of 0 with an offset of 0 means that the indices are the keys.
    struct Shape {
        var count: Int
        var keyOffset = 0, keyStride = 0
        var valueOffset: Int, valueStride: Int
        var slotOffset: Int, slotStride: Int
        /// Results need no overflow bytes.
        var isFixed: Bool
    }

    let shape: Shape
    let stopsAtFailure: Bool
    let keyText: (Int) -> String
    /// The records that have not been handed out.
    private var rest: Range<Int>
    /// Chunks that are still to be taken from the end, before all others.
    private var early: Int
    /// Overflow bytes that results refer to.
    private(set) var overflow: [Extent] = []
    private(set) var failures: [RecordFailure] = []
    private var overflowBytes = 0
    private var overflowRecords = 0

    /// - Parameter early: How many chunks of the end are begun first. What is expensive there, as in input that is sorted
    ///   by size, would otherwise be begun when nobody has anything else left to do.
    init(_ shape: Shape, early: Int, stopsAtFailure: Bool, keyText: @escaping (Int) -> String) {
        self.shape = shape
        self.early = early
        rest = 0..<shape.count
        self.stopsAtFailure = stopsAtFailure
        self.keyText = keyText
    }

    var remaining: Int? { rest.count }

    mutating func next(limit: Int) throws -> Supply {
        guard !rest.isEmpty else { return .end }
        // Longer chunks end where a cache line of slots ends, so that no line has two writers.
        func border(_ index: Int) -> Int {
            limit < 64 || !rest.contains(index) ? min(max(index, rest.lowerBound), rest.upperBound) : index & ~63
        }
        if early > 0 {
            early -= 1
            let first = max(border(rest.upperBound - min(limit, rest.count)), rest.lowerBound)
            defer { rest = rest.lowerBound..<first }
            return .chunk(chunk(first..<rest.upperBound), isEarly: true)
        }
        let end = border(rest.lowerBound + min(limit, rest.count))
        defer { rest = end..<rest.upperBound }
        return .chunk(chunk(rest.lowerBound..<end))
    }

    private func chunk(_ records: Range<Int>) -> Chunk {
        let first = records.lowerBound
        let values = shape.valueOffset + first * shape.valueStride
        return Chunk(
            first: first, items: 0..<records.count,
            keyOffset: shape.keyStride == 0 ? 0 : shape.keyOffset + first * shape.keyStride, input: values..<values,
            slotOffset: shape.slotOffset + first * shape.slotStride, storage: [])
    }

    mutating func drain(_ chunk: Chunk) throws {
        for failure in chunk.failures {
            try fail(chunk.first + failure.item, .threw(failure.reason), attempts: 1)
        }
        if let cause = chunk.cause {
            try fail(chunk.first + chunk.items.lowerBound, cause, attempts: chunk.attempts)
        }
        guard !shape.isFixed, let extent = chunk.overflow else { return }
        overflow.append(extent)
        overflowBytes += extent.range.count
        overflowRecords += chunk.items.count
    }

    func flush() {}

    private mutating func fail(_ index: Int, _ cause: RecordFailure.Cause, attempts: Int) throws {
        let failure = RecordFailure(index: index, key: keyText(index), cause: cause, attempts: attempts)
        if stopsAtFailure { throw failure }
        failures.append(failure)
    }

    /// A quarter more than records took so far.
    func overflowEstimate(records: Int, inputBytes: Int) -> Int {
        if shape.isFixed { return 0 }
        let each = overflowRecords == 0 ? 32 : overflowBytes / overflowRecords + 1
        return records * each + records * each / 4
    }
}
