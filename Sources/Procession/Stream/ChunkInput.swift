public import ProcessionSegment
import ProcessionSystem

/// The input of one chunk of a stream while it is written: slots for keys and values, and bytes for what has no fixed
/// size.
///
/// Sendable because it is appended to by one thread at a time.
@usableFromInline
struct ChunkInput: @unchecked Sendable {
    @usableFromInline var writer: _SlotWriter
    @usableFromInline let keys, values: _InputOffset
    @usableFromInline let limit: Int
    @usableFromInline var count = 0
    private let keyStride, valueStride: Int
    private let storage: [Extent<_InputSegment>]
    private var texts: [Extent<_InputSegment>] = []
    private let memory: SharedMemory
    private let meter: Meter
    /// Texts take `filledTextBytes` in earlier extents, and in the newest what lies between `textStart` and the writer.
    @usableFromInline var filledTextBytes = 0
    @usableFromInline var textStart = 0
    /// Bytes of texts after which the chunk is complete.
    @usableFromInline let textLimit: Int
    private let begun = Instant.now
    /// Reading took long, so what there is should go out.
    private(set) var isLate = false

    init(
        limit: Int, textBytes: Int, textLimit: Int, _ shape: StreamShape, _ memory: SharedMemory, _ meter: Meter
    ) throws(PoolError) {
        self.limit = limit
        self.textLimit = textLimit
        self.memory = memory
        self.meter = meter
        keyStride = shape.keyStride
        valueStride = shape.valueStride
        guard let valueSlots = memory.allocateInput(limit * valueStride, meter: meter),
            let keySlots = memory.allocateInput(limit * keyStride, meter: meter)
        else { throw PoolError(.outOfMemory, "no room for the input of \(limit) records in shared memory") }
        storage = [valueSlots, keySlots]
        keys = keySlots.range.lowerBound
        values = valueSlots.range.lowerBound
        writer = memory.segments.inputWriter
        if textBytes > 0 { try extend(by: textBytes) }
    }

    /// Appends a record whose key is its position, or is not looked at. Only while the chunk is not full.
    @inlinable
    mutating func append<Value: SlotValue>(_ value: Value) throws(PoolError) {
        let slot = values.bytes &+ count &* Value._slotStride
        value._store(at: slot, in: &writer)
        while writer.isFull {
            try extend()
            value._store(at: slot, in: &writer)
        }
        count &+= 1
    }

    /// Appends a record with its key. Only while the chunk is not full.
    @inlinable
    mutating func append<Key: SlotValue, Value: SlotValue>(_ key: Key, _ value: Value) throws(PoolError) {
        let slot = keys.bytes &+ count &* Key._slotStride
        key._store(at: slot, in: &writer)
        while writer.isFull {
            try extend()
            key._store(at: slot, in: &writer)
        }
        try append(value)
    }

    /// There are as many records, or as much text, as the chunk should have, or reading took so long that it should go.
    @inlinable
    mutating func isComplete() -> Bool {
        // The clock is asked after 1, 2, 4, 8, … records.
        count == limit || filledTextBytes &+ writer.free.lowerBound &- textStart > textLimit
            || count & (count &- 1) == 0 && checkTime()
    }

    @usableFromInline
    mutating func checkTime() -> Bool {
        isLate = count > 0 && .now - begun > Self.patience
        return isLate
    }

    /// How long may be spent on reading the records of one chunk.
    static let patience = Duration.milliseconds(1)

    /// Makes room for the text that did not fit.
    @usableFromInline
    mutating func extend() throws(PoolError) {
        if writer.isTooDeep { throw .tooDeep }
        try extend(by: max(writer.asked, textLimit / 16, 256))
    }

    private mutating func extend(by bytes: Int) throws(PoolError) {
        // To ask for the memory that is available takes a millisecond: only for what no window has planned for.
        if bytes > textLimit { try memory.checkRoom(input: bytes, result: 0) }
        guard let extent = memory.allocateInput(bytes, meter: meter) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of input in shared memory")
        }
        filledTextBytes = textBytes
        textStart = extent.range.lowerBound.bytes
        texts.append(extent)
        writer.refill(Range(extent.range))
    }

    private var textBytes: Int { filledTextBytes + writer.free.lowerBound - textStart }

    /// Gives back what is not used.
    func finish() -> (
        count: Int, keys: _InputOffset, values: _InputOffset, textBytes: Int, storage: [any AnyExtent]
    ) {
        storage[0].shrink(to: count * valueStride)
        storage[1].shrink(to: count * keyStride)
        texts.last?.shrink(to: writer.free.lowerBound - textStart)
        return (count, keys, values, textBytes, storage + texts)
    }
}
