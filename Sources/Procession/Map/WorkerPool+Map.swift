public import OrderedCollections
import ProcessionSegment

extension WorkerPool {
    /// Maps an ordered dictionary: `function(key:value:)` for every record, in worker processes, results in order.
    ///
    /// - Parameters:
    ///   - records: Keys and values; the results have the same keys in the same order.
    ///   - function: What workers call for every record.
    ///   - onFailure: What happens when a record fails.
    /// - Returns: A view of the results; see `MappedDictionary` for what it becomes.
    /// - Throws: `RecordFailure` for the first record that failed, when `onFailure` is `.throw`; `PoolError` when the map
    ///   cannot go on.
    /// - Complexity: O(n) in the parent to lay out keys and values, about the price of copying them, while workers map
    ///   what is laid out already.
    @inlinable
    public func map<Function: WorkerFunction>(
        _ records: OrderedDictionary<Function.Key, Function.Value>, _ function: Function,
        onFailure: FailurePolicy = .throw
    ) throws -> MappedDictionary<Function.Key, Function.Value, Function.Output> {
        let keys = records.keys.elements
        let values = records.values.elements
        let results = try _map(count: keys.count, hasKeys: true, function, onFailure) {
            (range, input) throws(PoolError) in
            try input.keys?.layOut(range, of: keys)
            try input.values.layOut(range, of: values)
        } keyText: {
            "\(keys[$0])"
        }
        return MappedDictionary(records, results)
    }

    /// Maps an ordered dictionary with a function that does not look at the keys, so that they are not laid out.
    ///
    /// - Parameters:
    ///   - records: Keys and values; the results have the same keys in the same order.
    ///   - function: What workers call for every value.
    ///   - onFailure: What happens when a record fails.
    /// - Returns: A view of the results.
    /// - Throws: `RecordFailure` for the first record that failed, when `onFailure` is `.throw`; `PoolError`.
    /// - Complexity: O(n) in the parent to lay the values out, while workers map what is laid out already.
    @inlinable
    public func map<Key, Function: ValueFunction>(
        _ records: OrderedDictionary<Key, Function.Value>, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedDictionary<Key, Function.Value, Function.Output> {
        let results = try _map(records.values.elements, function, onFailure) { "\(records.keys[$0])" }
        return MappedDictionary(records, results)
    }

    /// Maps an array or any other collection with a function of its elements.
    ///
    /// - Parameters:
    ///   - values: The records.
    ///   - function: What workers call for every element.
    ///   - onFailure: What happens when a record fails.
    /// - Returns: A view of the results.
    /// - Throws: `RecordFailure` for the first record that failed, when `onFailure` is `.throw`; `PoolError`.
    /// - Complexity: O(n) in the parent to lay the elements out; those of an array while workers map what is laid out
    ///   already.
    @inlinable
    public func map<Values: Collection, Function: ValueFunction>(
        _ values: Values, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> where Values.Element == Function.Value {
        if let elements = values as? [Function.Value] { return try _map(elements, function, onFailure) { "\($0)" } }
        return try _tidying {
            let call = try call()
            return try _map(ArenaArray(values, for: call), function, onFailure, call)
        }
    }

    /// Maps a collection with a function of key and value; the keys are the positions from 0.
    ///
    /// - Parameters:
    ///   - values: The records.
    ///   - function: What workers call for every position and element.
    ///   - onFailure: What happens when a record fails.
    /// - Returns: A view of the results.
    /// - Throws: `RecordFailure` for the first record that failed, when `onFailure` is `.throw`; `PoolError`.
    /// - Complexity: O(n) in the parent to lay the elements out; those of an array while workers map what is laid out
    ///   already.
    @inlinable
    public func map<Values: Collection, Function: WorkerFunction>(
        _ values: Values, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> where Values.Element == Function.Value, Function.Key == Int {
        if let elements = values as? [Function.Value] { return try _map(elements, function, onFailure) { "\($0)" } }
        return try _tidying {
            let call = try call()
            return try _map(ArenaArray(values, for: call), function, onFailure, call)
        }
    }

    // Chosen where no other fits, for the compiler's message about those ends in "failed to produce diagnostic" (Swift 6.3).
    @available(*, unavailable, message: "the elements are not of the type that the function takes, its Value")
    public func map<Values: Collection, Function: WorkerFunction>(
        _ values: Values, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> { misuse("unavailable") }

    /// Maps values that lie in shared memory already; nothing is copied.
    ///
    /// - Parameters:
    ///   - values: What `layOut` of this pool has made.
    ///   - function: What workers call for every value.
    ///   - onFailure: What happens when a record fails.
    /// - Returns: A view of the results.
    /// - Throws: `RecordFailure` for the first record that failed, when `onFailure` is `.throw`; `PoolError`.
    /// - Complexity: O(1) in the parent per chunk of records.
    public func map<Function: ValueFunction>(
        _ values: ArenaArray<Function.Value>, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> {
        try _tidying { try _map(values, function, onFailure, call()) }
    }

    /// Maps values that lie in shared memory already; the keys are the positions from 0.
    ///
    /// - Parameters:
    ///   - values: What `layOut` of this pool has made.
    ///   - function: What workers call for every position and value.
    ///   - onFailure: What happens when a record fails.
    /// - Returns: A view of the results.
    /// - Throws: `RecordFailure` for the first record that failed, when `onFailure` is `.throw`; `PoolError`.
    /// - Complexity: O(1) in the parent per chunk of records.
    public func map<Function: WorkerFunction>(
        _ values: ArenaArray<Function.Value>, _ function: Function, onFailure: FailurePolicy = .throw
    ) throws -> MappedArray<Function.Output> where Function.Key == Int {
        try _tidying { try _map(values, function, onFailure, call()) }
    }

    /// Maps the elements of an array, whose keys are not laid out.
    @inlinable
    func _map<Function: WorkerFunction>(
        _ values: [Function.Value], _ function: Function, _ onFailure: FailurePolicy,
        keyText: @escaping (Int) -> String
    ) throws -> MappedArray<Function.Output> {
        try _map(
            count: values.count, hasKeys: false, function, onFailure,
            fill: { (range, input) throws(PoolError) in try input.values.layOut(range, of: values) }, keyText: keyText)
    }

    /// Maps records that `fill` lays out when it is their turn.
    @usableFromInline
    func _map<Function: WorkerFunction>(
        count: Int, hasKeys: Bool, _ function: Function, _ onFailure: FailurePolicy,
        fill: @escaping ArenaInput.Fill, keyText: @escaping (Int) -> String
    ) throws -> MappedArray<Function.Output> {
        try _tidying {
            let call = try call()
            let keys = hasKeys ? try InputRoom.bytes(count: count, stride: Function.Key._slotStride) : nil
            let values = try InputRoom.bytes(count: count, stride: Function.Value._slotStride)
            let results = try resultBytes(count: count, of: function)
            // Asked for all at once: what is not filled yet still counts as available.
            try call.memory.checkRoom(input: (keys ?? 0) + values, result: results)
            let input = try ArenaInput(keyBytes: keys, valueBytes: values, in: call.memory, fill: fill)
            return try map(count: count, input, function, results, onFailure, call, keyText)
        }
    }

    @usableFromInline
    func _map<Function: WorkerFunction>(
        _ values: ArenaArray<Function.Value>, _ function: Function, _ onFailure: FailurePolicy, _ call: Call
    ) throws -> MappedArray<Function.Output> {
        guard values.room.lies(in: call.memory) else {
            throw PoolError(
                .otherPool, "the values lie in the memory of another pool; map them there, or lay them out in this one")
        }
        let results = try resultBytes(count: values.count, of: function)
        try call.memory.checkRoom(input: 0, result: results)
        return try map(count: values.count, ArenaInput(values.room), function, results, onFailure, call) { "\($0)" }
    }

    private func resultBytes<Function: WorkerFunction>(count: Int, of function: Function) throws(PoolError) -> Int {
        let stride = Function.Output._slotStride
        guard let bytes = SegmentLayout.slotBytes(count: count, stride: stride) else {
            throw PoolError(.outOfMemory, "\(count) results of \(stride) bytes are more than any memory holds")
        }
        return bytes
    }

    private func map<Function: WorkerFunction>(
        count: Int, _ input: ArenaInput, _ function: Function, _ resultBytes: Int, _ onFailure: FailurePolicy,
        _ call: Call, _ keyText: @escaping (Int) -> String
    ) throws -> MappedArray<Function.Output> {
        guard let slots = call.memory.allocateResult(resultBytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(resultBytes)) of results in shared memory")
        }
        var source = ArenaSource(
            .init(
                count: count, keyStride: Function.Key._slotStride, valueStride: Function.Value._slotStride,
                slotOffset: slots.range.lowerBound, slotStride: Function.Output._slotStride,
                isFixed: _isPOD(Function.Output.self)),
            input, early: capacity, stopsAtFailure: onFailure == .throw, keyText: keyText)
        return try withExtendedLifetime(input) {
            try run(&source, function, call)
            return MappedArray(
                count: count, offset: slots.range.lowerBound, failures: source.failures,
                lease: ResultLease(slots: slots, overflow: source.overflow))
        }
    }
}
