public import OrderedCollections
import ProcessionSegment

/// A map whose records and results have their places in shared memory, and which is still to be run.
@usableFromInline
struct PreparedMap<Function: WorkerFunction> {
    private let call: WorkerPool.Call
    private let function: Function
    private let slots: Extent<_ResultSegment>
    private var source: ArenaSource

    fileprivate init(
        _ call: WorkerPool.Call, _ function: Function, _ slots: Extent<_ResultSegment>, _ source: ArenaSource
    ) {
        (self.call, self.function, self.slots, self.source) = (call, function, slots, source)
    }

    /// Runs it in this thread.
    @usableFromInline
    consuming func run() throws -> CollectedArray<Function.Output> {
        // It keeps the input, and is lent as long as the run takes.
        try call.pool.run(&source, function, call)
        return Self.results(of: source, slots)
    }

    /// Runs it while the task that calls waits.
    @usableFromInline
    consuming func run() async throws -> CollectedArray<Function.Output> {
        let slots = slots
        return try await call.pool.drive(source, function, call) { Self.results(of: $0, slots) }
    }

    private static func results(
        of source: ArenaSource, _ slots: Extent<_ResultSegment>
    ) -> CollectedArray<Function.Output> {
        let results = MappedArray<Function.Output>(
            count: source.shape.count, slots: slots, overflow: source.results.overflow)
        return CollectedArray(results, failures: source.results.failures)
    }
}

/// What all maps have in common: input that is laid out chunk by chunk or lies in shared memory already, slots for the
/// results, and a run.
extension WorkerPool {
    @inlinable
    func _prepare<Function: WorkerFunction>(
        keyed records: OrderedDictionary<Function.Key, Function.Value>, _ function: Function, stopsAtFailure: Bool
    ) throws(PoolError) -> PreparedMap<Function> {
        let keys = records.keys.elements
        let values = records.values.elements
        return try _prepare(count: keys.count, hasKeys: true, function, stopsAtFailure: stopsAtFailure) {
            (range, input) throws(PoolError) in
            try input.keys?.layOut(range, of: keys)
            try input.values.layOut(range, of: values)
        } keyText: {
            "\(keys[$0])"
        }
    }

    @inlinable
    func _prepare<Key, Function: ValueFunction>(
        valuesOf records: OrderedDictionary<Key, Function.Value>, _ function: Function, stopsAtFailure: Bool
    ) throws(PoolError) -> PreparedMap<Function> {
        try _prepare(elements: records.values.elements, function, stopsAtFailure) { "\(records.keys[$0])" }
    }

    @inlinable
    func _prepare<Values: Collection, Function: WorkerFunction>(
        _ values: Values, _ function: Function, stopsAtFailure: Bool
    ) throws(PoolError) -> PreparedMap<Function> where Values.Element == Function.Value {
        if let elements = values as? [Function.Value] {
            return try _prepare(elements: elements, function, stopsAtFailure) { "\($0)" }
        }
        let call = try call()
        let laidOut: ArenaArray<Function.Value>
        if let values = values as? ArenaArray<Function.Value> {
            laidOut = values
        } else {
            laidOut = try ArenaArray(values, for: call)
        }
        return try _prepare(laidOut.room, count: laidOut.endIndex, function, stopsAtFailure, call)
    }

    /// Maps the elements of an array, whose keys are not laid out.
    @inlinable
    func _prepare<Function: WorkerFunction>(
        elements: [Function.Value], _ function: Function, _ stopsAtFailure: Bool, keyText: @escaping (Int) -> String
    ) throws(PoolError) -> PreparedMap<Function> {
        try _prepare(
            count: elements.count, hasKeys: false, function, stopsAtFailure: stopsAtFailure,
            fill: { (range, input) throws(PoolError) in try input.values.layOut(range, of: elements) },
            keyText: keyText)
    }

    /// Maps records that `fill` lays out when it is their turn.
    @usableFromInline
    func _prepare<Function: WorkerFunction>(
        count: Int, hasKeys: Bool, _ function: Function, stopsAtFailure: Bool,
        fill: @escaping ArenaColumns.Fill, keyText: @escaping (Int) -> String
    ) throws(PoolError) -> PreparedMap<Function> {
        let call = try call()
        let keys = hasKeys ? try InputRoom.bytes(count: count, stride: Function.Key._slotStride) : nil
        let values = try InputRoom.bytes(count: count, stride: Function.Value._slotStride)
        let results = try resultBytes(count: count, of: function)
        // Asked for all at once: what is not filled yet still counts as available.
        try call.memory.checkRoom(input: (keys ?? 0) + values, result: results)
        let columns = try ArenaColumns(keyBytes: keys, valueBytes: values, in: call.memory, fill: fill)
        return try prepare(count: count, ArenaInput(columns), function, results, stopsAtFailure, call, keyText)
    }

    @usableFromInline
    func _prepare<Function: WorkerFunction>(
        _ values: InputRoom, count: Int, _ function: Function, _ stopsAtFailure: Bool, _ call: Call
    ) throws(PoolError) -> PreparedMap<Function> {
        guard values.lies(in: call.memory) else {
            throw PoolError(
                .otherPool, "the values lie in the memory of another pool; map them there, or lay them out in this one")
        }
        let results = try resultBytes(count: count, of: function)
        try call.memory.checkRoom(input: 0, result: results)
        return try prepare(count: count, ArenaInput(values), function, results, stopsAtFailure, call) { "\($0)" }
    }

    private func resultBytes<Function: WorkerFunction>(count: Int, of function: Function) throws(PoolError) -> Int {
        let stride = Function.Output._slotStride
        guard let bytes = SegmentLayout.slotBytes(count: count, stride: stride) else {
            throw PoolError(.outOfMemory, "\(count) results of \(stride) bytes are more than any memory holds")
        }
        return bytes
    }

    private func prepare<Function: WorkerFunction>(
        count: Int, _ input: ArenaInput, _ function: Function, _ resultBytes: Int, _ stopsAtFailure: Bool,
        _ call: Call, _ keyText: @escaping (Int) -> String
    ) throws(PoolError) -> PreparedMap<Function> {
        guard let slots = call.memory.allocateResult(resultBytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(resultBytes)) of results in shared memory")
        }
        let source = ArenaSource(
            .init(
                count: count, keyStride: Function.Key._slotStride, valueStride: Function.Value._slotStride,
                slotOffset: slots.range.lowerBound, slotStride: Function.Output._slotStride),
            input, early: capacity,
            ArenaResults(isFixed: _isPOD(Function.Output.self), stopsAtFailure: stopsAtFailure, keyText: keyText))
        return PreparedMap(call, function, slots, source)
    }
}
