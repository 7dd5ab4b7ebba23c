public import OrderedCollections
import ProcessionSegment

extension WorkerPool {
    /// Maps an ordered dictionary: `function(key:value:)` for every record, in worker processes, results in order.
    ///
    /// - Returns: A view of the results; see `MappedDictionary` for what it becomes.
    /// - Throws: `RecordFailure` for the first record that failed, when `onFailure` is `.throw`; `PoolError` when the map
    ///   cannot go on.
    /// - Complexity: O(n) in the parent to lay out keys and values, about the price of copying them.
    @inlinable
    public func map<Function: WorkerFunction>(
        _ records: OrderedDictionary<Function.Key, Function.Value>, _ function: Function,
        onFailure: FailurePolicy = .throw
    ) throws -> MappedDictionary<Function.Key, Function.Value, Function.Output> {
        let keys = try ArenaArray(records.keys.elements, in: self)
        let values = try ArenaArray(records.values.elements, in: self)
        return MappedDictionary(
            records, try _map(keys, values, function, onFailure) { "\(records.keys[$0])" })
    }

    /// Maps an ordered dictionary with a function that does not look at the keys, so that they are not laid out.
    @inlinable
    public func map<Key, Function: ValueFunction>(
        _ records: OrderedDictionary<Key, Function.Value>, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedDictionary<Key, Function.Value, Function.Output> {
        let values = try ArenaArray(records.values.elements, in: self)
        return MappedDictionary(
            records, try _map(nil, values, function, onFailure) { "\(records.keys[$0])" })
    }

    /// Maps an array or any other collection with a function of its elements.
    @inlinable
    public func map<Values: Collection, Function: ValueFunction>(
        _ values: Values, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> where Values.Element == Function.Value {
        try map(ArenaArray(values, in: self), function, onFailure: onFailure)
    }

    /// Maps a collection with a function of key and value; the keys are the positions from 0.
    @inlinable
    public func map<Values: Collection, Function: WorkerFunction>(
        _ values: Values, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> where Values.Element == Function.Value, Function.Key == Int {
        try map(ArenaArray(values, in: self), function, onFailure: onFailure)
    }

    /// Maps values that lie in shared memory already; nothing is copied.
    public func map<Function: ValueFunction>(
        _ values: ArenaArray<Function.Value>, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> {
        try _map(nil, values, function, onFailure) { "\($0)" }
    }

    /// Maps values that lie in shared memory already; the keys are the positions from 0.
    public func map<Function: WorkerFunction>(
        _ values: ArenaArray<Function.Value>, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> where Function.Key == Int {
        try _map(nil, values, function, onFailure) { "\($0)" }
    }

    @usableFromInline
    func _map<Function: WorkerFunction>(
        _ keys: ArenaArray<Function.Key>?, _ values: ArenaArray<Function.Value>, _ function: Function,
        _ onFailure: FailurePolicy, keyText: @escaping (Int) -> String
    ) throws -> MappedArray<Function.Output> {
        let stride = Function.Output._slotStride
        guard let bytes = SegmentLayout.slotBytes(count: values.count, stride: stride) else {
            throw PoolError(.outOfMemory, "\(values.count) results of \(stride) bytes are more than any memory holds")
        }
        try memory.checkRoom(input: 0, result: bytes)
        guard let slots = memory.allocateResult(bytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of results in shared memory")
        }
        var source = ArenaSource(
            .init(
                count: values.count, keyOffset: keys?.offset ?? 0,
                keyStride: keys == nil ? 0 : Function.Key._slotStride, valueOffset: values.offset,
                valueStride: Function.Value._slotStride, slotOffset: slots.range.lowerBound, slotStride: stride,
                isFixed: _isPOD(Function.Output.self)),
            early: capacity, stopsAtFailure: onFailure == .throw, keyText: keyText)
        try run(&source, function)
        return withExtendedLifetime((keys, values)) {
            MappedArray(
                count: values.count, offset: slots.range.lowerBound, failures: source.failures,
                lease: ResultLease(memory: memory, slots: slots, overflow: source.overflow))
        }
    }
}
