public import OrderedCollections
import ProcessionSegment

/// What all maps have in common: input that is laid out chunk by chunk or lies in shared memory already, slots for the
/// results, and a run.
extension WorkerPool {
    @inlinable
    func _map<Function: WorkerFunction>(
        keyed records: OrderedDictionary<Function.Key, Function.Value>, _ function: Function, stopsAtFailure: Bool
    ) throws -> CollectedArray<Function.Output> {
        let keys = records.keys.elements
        let values = records.values.elements
        return try _map(count: keys.count, hasKeys: true, function, stopsAtFailure: stopsAtFailure) {
            (range, input) throws(PoolError) in
            try input.keys?.layOut(range, of: keys)
            try input.values.layOut(range, of: values)
        } keyText: {
            "\(keys[$0])"
        }
    }

    @inlinable
    func _map<Key, Function: ValueFunction>(
        valuesOf records: OrderedDictionary<Key, Function.Value>, _ function: Function, stopsAtFailure: Bool
    ) throws -> CollectedArray<Function.Output> {
        try _map(elements: records.values.elements, function, stopsAtFailure) { "\(records.keys[$0])" }
    }

    @inlinable
    func _map<Values: Collection, Function: WorkerFunction>(
        _ values: Values, _ function: Function, stopsAtFailure: Bool
    ) throws -> CollectedArray<Function.Output> where Values.Element == Function.Value {
        if let elements = values as? [Function.Value] {
            return try _map(elements: elements, function, stopsAtFailure) { "\($0)" }
        }
        return try _tidying {
            let call = try call()
            let laidOut = try values as? ArenaArray<Function.Value> ?? ArenaArray(values, for: call)
            return try _map(laidOut.room, count: laidOut.endIndex, function, stopsAtFailure, call)
        }
    }

    /// Maps the elements of an array, whose keys are not laid out.
    @inlinable
    func _map<Function: WorkerFunction>(
        elements: [Function.Value], _ function: Function, _ stopsAtFailure: Bool, keyText: @escaping (Int) -> String
    ) throws -> CollectedArray<Function.Output> {
        try _map(
            count: elements.count, hasKeys: false, function, stopsAtFailure: stopsAtFailure,
            fill: { (range, input) throws(PoolError) in try input.values.layOut(range, of: elements) },
            keyText: keyText)
    }

    /// Maps records that `fill` lays out when it is their turn.
    @usableFromInline
    func _map<Function: WorkerFunction>(
        count: Int, hasKeys: Bool, _ function: Function, stopsAtFailure: Bool,
        fill: @escaping ArenaColumns.Fill, keyText: @escaping (Int) -> String
    ) throws -> CollectedArray<Function.Output> {
        try _tidying {
            let call = try call()
            let keys = hasKeys ? try InputRoom.bytes(count: count, stride: Function.Key._slotStride) : nil
            let values = try InputRoom.bytes(count: count, stride: Function.Value._slotStride)
            let results = try resultBytes(count: count, of: function)
            // Asked for all at once: what is not filled yet still counts as available.
            try call.memory.checkRoom(input: (keys ?? 0) + values, result: results)
            let columns = try ArenaColumns(keyBytes: keys, valueBytes: values, in: call.memory, fill: fill)
            return try map(count: count, ArenaInput(columns), function, results, stopsAtFailure, call, keyText)
        }
    }

    @usableFromInline
    func _map<Function: WorkerFunction>(
        _ values: InputRoom, count: Int, _ function: Function, _ stopsAtFailure: Bool, _ call: Call
    ) throws -> CollectedArray<Function.Output> {
        guard values.lies(in: call.memory) else {
            throw PoolError(
                .otherPool, "the values lie in the memory of another pool; map them there, or lay them out in this one")
        }
        let results = try resultBytes(count: count, of: function)
        try call.memory.checkRoom(input: 0, result: results)
        return try map(count: count, ArenaInput(values), function, results, stopsAtFailure, call) { "\($0)" }
    }

    private func resultBytes<Function: WorkerFunction>(count: Int, of function: Function) throws(PoolError) -> Int {
        let stride = Function.Output._slotStride
        guard let bytes = SegmentLayout.slotBytes(count: count, stride: stride) else {
            throw PoolError(.outOfMemory, "\(count) results of \(stride) bytes are more than any memory holds")
        }
        return bytes
    }

    private func map<Function: WorkerFunction>(
        count: Int, _ input: consuming ArenaInput, _ function: Function, _ resultBytes: Int, _ stopsAtFailure: Bool,
        _ call: Call, _ keyText: @escaping (Int) -> String
    ) throws -> CollectedArray<Function.Output> {
        guard let slots = call.memory.allocateResult(resultBytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(resultBytes)) of results in shared memory")
        }
        var source = ArenaSource(
            .init(
                count: count, keyStride: Function.Key._slotStride, valueStride: Function.Value._slotStride,
                slotOffset: slots.range.lowerBound, slotStride: Function.Output._slotStride),
            input, early: capacity,
            ArenaResults(isFixed: _isPOD(Function.Output.self), stopsAtFailure: stopsAtFailure, keyText: keyText))
        // It keeps the input, and is lent as long as the run takes.
        try run(&source, function, call)
        let results = MappedArray<Function.Output>(count: count, slots: slots, overflow: source.results.overflow)
        return CollectedArray(results, failures: source.results.failures)
    }
}
