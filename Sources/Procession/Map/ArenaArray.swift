public import ProcessionSegment

/// Values that lie in a pool's shared memory, where its workers read them without a copy.
///
/// `map` lays out whatever collection it is given like that. Make one yourself to write the input in place, or to map
/// the same input more than once.
public struct ArenaArray<Value: SlotValue>: RandomAccessCollection, Sendable {
    /// Always 0.
    public let startIndex = 0
    /// The number of values.
    public let endIndex: Int
    @usableFromInline let room: InputRoom
    @usableFromInline let offset: _InputOffset

    @inlinable
    init<Values: Collection>(
        _ values: Values, for call: WorkerPool.Call, isCancellable: Bool = true
    ) throws(PoolError) where Values.Element == Value {
        endIndex = values.count
        room = try InputRoom(count: endIndex, stride: Value._slotStride, for: call)
        offset = room.offset
        var column = InputColumn(room)
        if let elements = values as? [Value] {
            try column.layOut(0..<endIndex, of: elements)
            return
        }
        var slot = offset
        var stored = 0
        for value in values {
            try column.store(value, at: slot)
            slot = slot + Value._slotStride
            stored += 1
            if isCancellable, stored & 63 == 0 { try call.check() }
        }
    }

    /// The value at an index, copied out. An index that is out of range traps.
    ///
    /// - Parameter index: From 0 to below `count`.
    /// - Complexity: The cost of loading the value.
    @inlinable
    public subscript(index: Int) -> Value {
        require(index >= 0 && index < endIndex, "index out of range")
        var reader = room.reader
        return withExtendedLifetime(room.slots) {
            Value._load(at: offset.bytes + index * Value._slotStride, from: &reader)
        }
    }
}

extension WorkerPool {
    /// Values of a collection, laid out for the workers once.
    ///
    /// - Parameter values: What is copied into shared memory.
    /// - Returns: The values, for maps of this pool. Their memory is free again with the last copy.
    /// - Throws: `PoolError` when there is no room for them.
    /// - Complexity: O(n).
    @inlinable
    public func layOut<Values: Collection>(_ values: Values) throws(PoolError) -> ArenaArray<Values.Element>
    where Values.Element: SlotValue {
        try ArenaArray(values, for: call(), isCancellable: false)
    }

    /// `count` values, each made from its index and stored straight into shared memory.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - make: Makes the value of an index; it is called once for each, in order.
    /// - Returns: The values, for maps of this pool. Their memory is free again with the last copy.
    /// - Throws: `PoolError` when there is no room for them.
    /// - Complexity: O(n).
    @inlinable
    public func layOut<Value: SlotValue>(
        count: Int, _ make: (Int) -> Value
    ) throws(PoolError) -> ArenaArray<Value> {
        try withoutActuallyEscaping(make) { (make) throws(PoolError) in
            try layOut((0..<count).lazy.map(make))
        }
    }
}
