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
    private var position = 0
    /// Overflow bytes that results refer to.
    private(set) var overflow: [Extent] = []
    private(set) var failures: [RecordFailure] = []
    private var overflowBytes = 0
    private var overflowRecords = 0

    init(_ shape: Shape, stopsAtFailure: Bool, keyText: @escaping (Int) -> String) {
        self.shape = shape
        self.stopsAtFailure = stopsAtFailure
        self.keyText = keyText
    }

    var remaining: Int? { shape.count - position }

    mutating func next(limit: Int) throws -> Supply {
        guard position < shape.count else { return .end }
        var end = position + min(limit, shape.count - position)
        // Longer chunks end where a cache line of slots ends, so that no line has two writers.
        if limit >= 64, end < shape.count { end &= ~63 }
        let first = position
        position = end
        let values = shape.valueOffset + first * shape.valueStride
        return .chunk(
            Chunk(
                first: first, items: 0..<end - first,
                keyOffset: shape.keyStride == 0 ? 0 : shape.keyOffset + first * shape.keyStride, input: values..<values,
                slotOffset: shape.slotOffset + first * shape.slotStride, storage: []))
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
