extension WorkerPool {
    /// Maps the elements of a sequence, however long, with memory for a window of them; results in order.
    ///
    /// It uses the pool from the first result that is asked for until the loop is left. Other maps and streams may use
    /// it at the same time, inside of the loop too.
    ///
    /// - Parameters:
    ///   - records: Any sequence. Read again from its beginning whenever the stream is iterated again.
    ///   - function: What workers call for every record: a `ValueFunction`, or a `WorkerFunction` whose keys are the
    ///     positions from 0.
    ///   - window: Bytes of shared memory for records in flight and their results. One record may take more.
    /// - Returns: The results; nothing is read before the first of them is asked for.
    /// - Complexity: O(1) memory. Per record, the price of copying it and its result.
    @inlinable
    public func stream<Records: Sequence, Function: WorkerFunction>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> ResultStream<Function.Output>
    where Records.Element == Function.Value, Function.Key: _PositionKey {
        _stream(records, function, window, hasKeys: false) { (input, record) throws(PoolError) in
            try input.append(record)
        }
    }

    /// Maps a sequence of keys and values, such as an ordered dictionary. Keys may repeat.
    ///
    /// It uses the pool from the first result that is asked for until the loop is left. Other maps and streams may use
    /// it at the same time, inside of the loop too.
    ///
    /// - Parameters:
    ///   - records: Keys and values. Read again from its beginning whenever the stream is iterated again.
    ///   - function: What workers call for every key and value.
    ///   - window: Bytes of shared memory for records in flight and their results. One record may take more.
    /// - Returns: The results; nothing is read before the first of them is asked for.
    /// - Complexity: O(1) memory. Per record, the price of copying it and its result.
    @inlinable
    public func stream<Records: Sequence, Function: WorkerFunction>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> ResultStream<Function.Output>
    where Records.Element == (key: Function.Key, value: Function.Value) {
        _stream(records, function, window, hasKeys: true) { (input, record) throws(PoolError) in
            try input.append(record.key, record.value)
        }
    }

    /// Maps a sequence of pairs of key and value. Keys may repeat.
    ///
    /// It uses the pool from the first result that is asked for until the loop is left. Other maps and streams may use
    /// it at the same time, inside of the loop too.
    ///
    /// - Parameters:
    ///   - records: Pairs of key and value. Read again from its beginning whenever the stream is iterated again.
    ///   - function: What workers call for every key and value.
    ///   - window: Bytes of shared memory for records in flight and their results. One record may take more.
    /// - Returns: The results; nothing is read before the first of them is asked for.
    /// - Complexity: O(1) memory. Per record, the price of copying it and its result.
    @inlinable
    public func stream<Records: Sequence, Function: WorkerFunction>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> ResultStream<Function.Output>
    where Records.Element == (Function.Key, Function.Value) {
        _stream(records, function, window, hasKeys: true) { (input, record) throws(PoolError) in
            try input.append(record.0, record.1)
        }
    }

    // Chosen where no other fits, for the compiler has no message of its own about those (Swift 6.3).
    @available(*, unavailable, message: "the records are not the function's Value, with its Key or where that is Int")
    public func stream<Records: Sequence, Function: WorkerFunction>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> ResultStream<Function.Output> { misuse("unavailable") }

    @inlinable @inline(__always)
    func _stream<Records: Sequence, Function: WorkerFunction>(
        _ records: Records, _ function: Function, _ window: Int, hasKeys: Bool,
        _ append: @escaping (inout ChunkInput, Records.Element) throws(PoolError) -> Void
    ) -> ResultStream<Function.Output> {
        require(window > 0, "a window has room for something")
        return ResultStream {
            var records = records.makeIterator()
            return StreamSession(
                function, StreamShape(Function.self, hasKeys: hasKeys), window: window, in: self
            ) { (input) throws(PoolError) in
                while let record = records.next() {
                    try append(&input, record)
                    if input.isComplete() { return true }
                }
                return false
            }
        }
    }
}
