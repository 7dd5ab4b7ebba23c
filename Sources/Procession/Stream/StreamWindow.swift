import ProcessionSegment

/// The memory of a stream: hands out room for chunks while there is some, and learns how much chunks take.
struct StreamWindow {
    let shape: StreamShape
    let memory: SharedMemory
    let meter = Meter()
    /// Bytes of shared memory that the stream may hold.
    let bytes: Int
    /// The most that a chunk should take, so that every worker has several.
    private let share: Int
    /// Overflow bytes per record, of input and of results, as far as we know.
    private var inputOverflow: Double
    private var resultOverflow: Double
    /// Records put into chunks so far.
    private(set) var records = 0

    init(_ shape: StreamShape, bytes: Int, workers: Int, memory: SharedMemory) {
        self.shape = shape
        self.memory = memory
        self.bytes = bytes
        share = max(1, bytes / (workers * 8))
        inputOverflow = shape.hasFixedInput ? 0 : 32
        resultOverflow = shape.hasFixedOutput ? 0 : 32
    }

    /// What is had without asking whether the machine has it.
    static let smallWindow = 64 << 20

    var isFull: Bool { meter.bytes >= bytes }
    var overflowLimit: Int { max(bytes / 8, 4096) }

    /// Throws when the machine has no memory for a large window.
    func check() throws(PoolError) {
        if bytes > Self.smallWindow { try memory.checkRoom(input: bytes, result: 0) }
    }

    /// How many records, up to `limit`, the next chunk may have; nil while the window has no room.
    ///
    /// Where nothing is in flight there is always room for one record, however large. What chunks that were filled and
    /// not opened yet are still going to take for their results is `promised`.
    func allowance(limit: Int, promised: Int = 0) -> Int? {
        let each = Double(shape.keyStride + shape.valueStride) + inputOverflow + resultBytes
        let count = max(1, min(limit, Int((Double(share) - Self.chunkBytes) / max(1, each))))
        let held = meter.bytes + promised
        return held == 0 || Double(held) + Double(count) * each + Self.chunkBytes <= Double(bytes) ? count : nil
    }

    /// Room for the input of a chunk of up to `limit` records, or nil while the window has none.
    func room(limit: Int, promised: Int = 0) throws(PoolError) -> ChunkInput? {
        guard let count = allowance(limit: limit, promised: promised) else { return nil }
        let text = min(Double(count) * inputOverflow * 1.25, Double(share))
        return try ChunkInput(limit: count, textBytes: Int(text), textLimit: share, shape, memory, meter)
    }

    /// What a chunk of so many records is going to take for its results.
    func promise(records: Int) -> Int { Int(Double(records) * resultBytes + Self.chunkBytes) }

    /// Bytes per record for results, as far as we know.
    private var resultBytes: Double { Double(shape.slotStride) + resultOverflow * 1.25 }

    /// What a chunk takes besides its records: a few failures' texts, and what rounding takes.
    private static let chunkBytes = 1024.0

    /// The chunk of what was appended to `input`, whose records follow those of the last one.
    mutating func chunk(_ input: ChunkInput) throws(PoolError) -> Chunk {
        let taken = input.finish()
        inputOverflow = adapt(inputOverflow, to: Double(taken.textBytes) / Double(taken.count))
        guard let slots = memory.allocateResult(taken.count * shape.slotStride, meter: meter) else {
            throw PoolError(.outOfMemory, "no room for the results of \(taken.count) records in shared memory")
        }
        defer { records += taken.count }
        return Chunk(
            first: records, items: 0..<taken.count, keyOffset: shape.hasKeys ? taken.keys : nil,
            input: taken.values..<taken.values, slotOffset: slots.range.lowerBound, storage: taken.storage + [slots])
    }

    /// At most a share: a chunk that was planned for smaller results gets its memory piece by piece. Never none, so
    /// that the text of a failure need not wait for a window that is full.
    func overflowEstimate(records: Int) -> Int { max(min(Int(Double(records) * resultOverflow * 1.25), share), 1) }

    /// The results of a chunk, on their way to whoever wants them.
    mutating func results(of chunk: Chunk) -> ReadyChunk {
        let failures = chunk.failures.named.map { failure in
            let index = chunk.first + failure.item
            let slot = chunk.keyOffset.map { $0 + failure.item * shape.keyStride }
            let key = slot.flatMap { shape.keyText?($0, memory.segments.inputReader) } ?? "\(index)"
            return RecordFailure(failure, index: index, key: key)
        }
        if !shape.hasFixedOutput, let overflow = chunk.overflow, !chunk.items.isEmpty {
            resultOverflow = adapt(resultOverflow, to: Double(overflow.range.count) / Double(chunk.items.count))
        }
        return ReadyChunk(
            first: chunk.first, items: chunk.items, slotOffset: chunk.slotOffset, failures: failures,
            extents: chunk.storage, overflow: shape.hasFixedOutput ? nil : chunk.overflow)
    }

    /// Up at once, down slowly: too little costs workers that have to wait for more.
    private func adapt(_ known: Double, to seen: Double) -> Double { max(seen, known * 0.9 + seen * 0.1) }
}

/// What a stream's records look like in shared memory.
@usableFromInline
struct StreamShape: Sendable {
    let keyStride, valueStride, slotStride: Int
    /// Keys lie in the input; otherwise they are the positions, or nobody looks at them.
    let hasKeys: Bool
    let hasFixedInput, hasFixedOutput: Bool
    /// The text of the key whose slot is at an offset of the input; nil when keys are positions.
    let keyText: (@Sendable (_InputOffset, SegmentReader<_InputSegment>) -> String)?

    @usableFromInline
    init<Function: WorkerFunction>(_ function: Function.Type, hasKeys: Bool) {
        keyStride = hasKeys ? Function.Key._slotStride : 0
        valueStride = Function.Value._slotStride
        slotStride = Function.Output._slotStride
        self.hasKeys = hasKeys
        hasFixedInput = _isPOD(Function.Value.self) && (!hasKeys || _isPOD(Function.Key.self))
        hasFixedOutput = _isPOD(Function.Output.self)
        if hasKeys {
            keyText = { offset, input in
                var slots = input.slots
                return "\(Function.Key._load(at: offset.bytes, from: &slots))"
            }
        } else {
            keyText = nil
        }
    }
}
