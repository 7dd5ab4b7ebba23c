public import OrderedCollections
import ProcessionSegment

/// The records of a map, as they were given.
@usableFromInline
struct MapRecords {
    let count: Int
    let hasKeys: Bool
    let keyText: (Int) -> String
    /// Lays them out, chunk by chunk, when it is their turn; nil where they lie in shared memory.
    let fill: ArenaColumns.Fill?
    /// Where they lie, and the call that was made before they were laid out there.
    let laidOut: (room: InputRoom, call: WorkerPool.Call)?

    @usableFromInline
    init(count: Int, hasKeys: Bool, keyText: @escaping (Int) -> String, fill: @escaping ArenaColumns.Fill) {
        (self.count, self.hasKeys, self.keyText, self.fill, laidOut) = (count, hasKeys, keyText, fill, nil)
    }

    @usableFromInline
    init(_ room: InputRoom, count: Int, _ call: WorkerPool.Call) {
        (self.count, hasKeys, keyText, fill, laidOut) = (count, false, { "\($0)" }, nil, (room, call))
    }
}

extension WorkerPool {
    @inlinable
    func _records<Key: SlotValue, Value: SlotValue>(keyed records: OrderedDictionary<Key, Value>) -> MapRecords {
        let keys = records.keys.elements
        let values = records.values.elements
        return MapRecords(count: keys.count, hasKeys: true, keyText: { "\(keys[$0])" }) {
            (range, input) throws(PoolError) in
            try input.keys?.layOut(range, of: keys)
            try input.values.layOut(range, of: values)
        }
    }

    @inlinable
    func _records<Key, Value: SlotValue>(valuesOf records: OrderedDictionary<Key, Value>) -> MapRecords {
        _records(elements: records.values.elements) { "\(records.keys[$0])" }
    }

    @inlinable
    func _records<Values: Collection>(_ values: Values) throws(PoolError) -> MapRecords
    where Values.Element: SlotValue {
        if let elements = values as? [Values.Element] { return _records(elements: elements) { "\($0)" } }
        let call = try call()
        if let values = values as? ArenaArray<Values.Element> {
            return MapRecords(values.room, count: values.endIndex, call)
        }
        let laidOut = try ArenaArray(values, for: call)
        return MapRecords(laidOut.room, count: laidOut.endIndex, call)
    }

    /// The elements of an array, whose keys are not laid out.
    @inlinable
    func _records<Value: SlotValue>(elements: [Value], keyText: @escaping (Int) -> String) -> MapRecords {
        MapRecords(count: elements.count, hasKeys: false, keyText: keyText) { (range, input) throws(PoolError) in
            try input.values.layOut(range, of: elements)
        }
    }
}

/// What all maps have in common: places for input and results, and a run.
extension WorkerPool {
    /// In this thread.
    @usableFromInline
    func _map<Function: WorkerFunction>(
        _ records: MapRecords, _ function: Function, stopsAtFailure: Bool
    ) throws -> CollectedArray<Function.Output> {
        let results = try resultBytes(count: records.count, of: function)
        let call = try call(for: records)
        let input = try input(of: records, function, resultBytes: results, call)
        let slots = try slots(for: results, call)
        var source = source(records, input, function, slots, stopsAtFailure)
        // It keeps the input, and is lent as long as the run takes.
        try run(&source, function, call)
        return collect(source.results, count: records.count, slots)
    }

    /// While the task that calls waits.
    @usableFromInline
    func _awaitMap<Function: WorkerFunction>(
        _ records: MapRecords, _ function: Function, stopsAtFailure: Bool
    ) async throws -> CollectedArray<Function.Output> {
        func prepare() throws -> (ArenaSource, FunctionImage, Call, Extent<_ResultSegment>) {
            let results = try resultBytes(count: records.count, of: function)
            let call = try self.call(for: records)
            let input = try input(of: records, function, resultBytes: results, call)
            let slots = try self.slots(for: results, call)
            let source = self.source(records, input, function, slots, stopsAtFailure)
            return (source, try call.image(of: function), call, slots)
        }
        let (source, image, call, slots) = try tidyingOnFailure(prepare)
        // From here on it is the driver that tidies up.
        return try await drive(source, image, call) { source in
            self.collect(source.results, count: source.shape.count, slots)
        }
    }

    private func tidyingOnFailure<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            tidy()
            throw error
        }
    }

    @inline(__always)
    private func call(for records: MapRecords) throws(PoolError) -> Call {
        if records.fill != nil { try call() } else { records.laidOut!.call }
    }

    @inline(__always)
    private func slots(for bytes: Int, _ call: Call) throws(PoolError) -> Extent<_ResultSegment> {
        guard let slots = call.memory.allocateResult(bytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of results in shared memory")
        }
        return slots
    }

    @inline(__always)
    private func source<Function: WorkerFunction>(
        _ records: MapRecords, _ input: ArenaInput, _ function: Function, _ slots: Extent<_ResultSegment>,
        _ stopsAtFailure: Bool
    ) -> ArenaSource {
        ArenaSource(
            .init(
                count: records.count, keyStride: Function.Key._slotStride, valueStride: Function.Value._slotStride,
                slotOffset: slots.range.lowerBound, slotStride: Function.Output._slotStride),
            input, early: core.capacity,
            ArenaResults(
                isFixed: _isPOD(Function.Output.self), stopsAtFailure: stopsAtFailure, keyText: records.keyText))
    }

    @inline(__always)
    private func input<Function: WorkerFunction>(
        of records: MapRecords, _ function: Function, resultBytes: Int, _ call: Call
    ) throws(PoolError) -> ArenaInput {
        if let fill = records.fill {
            let keys =
                records.hasKeys ? try InputRoom.bytes(count: records.count, stride: Function.Key._slotStride) : nil
            let values = try InputRoom.bytes(count: records.count, stride: Function.Value._slotStride)
            // Asked for all at once: what is not filled yet still counts as available.
            try call.memory.checkRoom(input: (keys ?? 0) + values, result: resultBytes)
            return ArenaInput(try ArenaColumns(keyBytes: keys, valueBytes: values, in: call.memory, fill: fill))
        }
        let room = records.laidOut!.room
        guard room.lies(in: call.memory) else {
            throw PoolError(
                .otherPool, "the values lie in the memory of another pool; map them there, or lay them out in this one")
        }
        try call.memory.checkRoom(input: 0, result: resultBytes)
        return ArenaInput(room)
    }

    private func resultBytes<Function: WorkerFunction>(count: Int, of function: Function) throws(PoolError) -> Int {
        let stride = Function.Output._slotStride
        guard let bytes = SegmentLayout.slotBytes(count: count, stride: stride) else {
            throw PoolError(.outOfMemory, "\(count) results of \(stride) bytes are more than any memory holds")
        }
        return bytes
    }

    @inline(__always)
    private func collect<Output: SlotValue>(
        _ results: ArenaResults, count: Int, _ slots: Extent<_ResultSegment>
    ) -> CollectedArray<Output> {
        CollectedArray(MappedArray(count: count, slots: slots, overflow: results.overflow), failures: results.failures)
    }
}
