public import ProcessionSegment

/// Slots for the keys or the values of a map's records, filled range by range.
@usableFromInline
struct InputColumn {
    @usableFromInline let room: InputRoom
    /// What is left of the newest overflow bytes goes to the next range.
    @usableFromInline var writer: _SlotWriter

    @usableFromInline
    init(_ room: InputRoom) {
        self.room = room
        writer = room.writer
    }

    /// Stores some elements of an array into the slots of the same indices.
    @inlinable
    mutating func layOut<Value: SlotValue>(_ range: Range<Int>, of elements: [Value]) throws(PoolError) {
        // A span lends its elements; an iterator would retain and release each.
        let span = elements.span
        var slot = room.offset + range.lowerBound * Value._slotStride
        if Value._isStoredAsIs { return writer.store(elements: span.extracting(range), at: slot.bytes) }
        for index in range {
            try store(span[index], at: slot)
            slot = slot + Value._slotStride
        }
    }

    @inlinable @inline(__always)
    mutating func store<Value: SlotValue>(_ value: borrowing Value, at slot: _InputOffset) throws(PoolError) {
        value._store(at: slot.bytes, in: &writer)
        // Asked only where a value can need more than its slot, which the compiler knows.
        while !Value._isStoredAsIs, writer.isFull {
            try room.extend(&writer)
            value._store(at: slot.bytes, in: &writer)
        }
    }
}

/// The memory behind an `ArenaArray` or a column: slots, which keep the bytes for what has no fixed size.
@usableFromInline
struct InputRoom: Sendable {
    @usableFromInline let offset: _InputOffset
    @usableFromInline let slots: Extent<_InputSegment>

    @usableFromInline
    init(count: Int, stride: Int, for call: WorkerPool.Call) throws(PoolError) {
        let bytes = try Self.bytes(count: count, stride: stride)
        try call.memory.checkRoom(input: bytes, result: 0)
        try self.init(bytes: bytes, in: call.memory)
    }

    /// For so many bytes of slots, for which there is room.
    init(bytes: Int, in memory: SharedMemory) throws(PoolError) {
        guard let slots = memory.allocateInput(bytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of input in shared memory")
        }
        self.slots = slots
        offset = slots.range.lowerBound
    }

    /// Whether the workers of the pool that has this memory can read it.
    func lies(in memory: SharedMemory) -> Bool { memory.input === slots.segment }

    static func bytes(count: Int, stride: Int) throws(PoolError) -> Int {
        guard let bytes = SegmentLayout.slotBytes(count: count, stride: stride) else {
            throw PoolError(.outOfMemory, "\(count) values of \(stride) bytes are more than any memory holds")
        }
        return bytes
    }

    /// Stores into the slots; into overflow bytes once `extend` has given it some.
    @usableFromInline
    var writer: _SlotWriter { slots.segment.held.writer }

    @usableFromInline
    var reader: _SlotReader { slots.segment.held.reader.slots }

    /// Gives a writer that is full enough new overflow bytes for what it could not store.
    @usableFromInline
    func extend(_ writer: inout _SlotWriter) throws(PoolError) {
        if writer.isTooDeep { throw .tooDeep }
        let bytes = max(1 << 20, writer.asked)
        try SharedMemory.checkRoom(input: bytes, of: slots.segment)
        guard let extent = slots.segment.allocate(bytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of input in shared memory")
        }
        slots.keep([extent])
        writer.refill(Range(extent.range))
    }
}
