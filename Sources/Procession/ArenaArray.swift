public import ProcessionSegment

/// Values that lie in a pool's shared memory, where its workers read them without a copy.
///
/// `map` makes one of whatever collection it is given. Make one yourself to write the input in place, or to map the same
/// input more than once.
public struct ArenaArray<Value: SlotValue>: Sendable {
    /// Number of values.
    public let count: Int
    @usableFromInline let room: InputRoom
    @usableFromInline let offset: Int

    @inlinable
    init<Values: Collection>(_ values: Values, in pool: WorkerPool) throws(PoolError) where Values.Element == Value {
        count = values.count
        room = try InputRoom(count: count, stride: Value._slotStride, in: pool)
        offset = room.offset
        var writer = room.writer
        if let elements = values as? [Value] {
            if Value._isStoredAsIs {
                writer.store(elements: elements, at: offset)
                return
            }
            // A span lends its elements; an iterator would retain and release each.
            let span = elements.span
            for index in span.indices {
                try Self.store(span[index], at: offset + index * Value._slotStride, in: room, &writer)
            }
            return
        }
        var slot = offset
        for value in values {
            try Self.store(value, at: slot, in: room, &writer)
            slot += Value._slotStride
        }
    }

    @inlinable @inline(__always)
    static func store(
        _ value: borrowing Value, at slot: Int, in room: InputRoom, _ writer: inout SlotOutput
    ) throws(PoolError) {
        value._store(at: slot, in: &writer)
        while writer.isFull {
            try room.extend(&writer)
            value._store(at: slot, in: &writer)
        }
    }

    /// The value at an index.
    @inlinable
    public subscript(index: Int) -> Value {
        precondition((0..<count).contains(index), "index out of range")
        var reader = room.reader
        return withExtendedLifetime(room) { Value._load(at: offset + index * Value._slotStride, from: &reader) }
    }
}

extension WorkerPool {
    /// Values of a collection, laid out for the workers once.
    @inlinable
    public func layOut<Values: Collection>(_ values: Values) throws(PoolError) -> ArenaArray<Values.Element>
    where Values.Element: SlotValue {
        try ArenaArray(values, in: self)
    }

    /// `count` values, each made from its index and stored straight into shared memory.
    @inlinable
    public func layOut<Value: SlotValue>(
        count: Int, _ make: (Int) -> Value
    ) throws(PoolError) -> ArenaArray<Value> {
        try withoutActuallyEscaping(make) { (make) throws(PoolError) in
            try ArenaArray((0..<count).lazy.map(make), in: self)
        }
    }
}

/// The memory behind an `ArenaArray`: slots, and bytes for what has no fixed size.
@usableFromInline
final class InputRoom: Sendable {
    @usableFromInline let offset: Int
    let slots: Extent
    private let memory: SharedMemory
    private let overflow: ExtentList

    @usableFromInline
    init(count: Int, stride: Int, in pool: WorkerPool) throws(PoolError) {
        memory = pool.memory
        guard let bytes = SegmentLayout.slotBytes(count: count, stride: stride) else {
            throw PoolError(.outOfMemory, "\(count) values of \(stride) bytes are more than any memory holds")
        }
        try memory.checkRoom(input: bytes, result: 0)
        guard let slots = memory.allocateInput(bytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of input in shared memory")
        }
        self.slots = slots
        offset = slots.range.lowerBound
        overflow = ExtentList()
    }

    /// Stores into the slots; into overflow bytes once `extend` has given it some.
    @usableFromInline
    var writer: SlotOutput { memory.segments.inputWriter(overflow: 0..<0) }

    @usableFromInline
    var reader: SlotInput { memory.segments.inputReader }

    /// Gives a writer that is full enough new overflow bytes for what it could not store.
    @usableFromInline
    func extend(_ writer: inout SlotOutput) throws(PoolError) {
        let bytes = max(1 << 20, writer.asked)
        try memory.checkRoom(input: bytes, result: 0)
        guard let extent = memory.allocateInput(bytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of input in shared memory")
        }
        overflow.append(extent)
        writer.refill(extent.range)
    }
}
