extension WorkerPool {
    /// Maps the elements of an asynchronous sequence, however long, with memory for a window of them; results in order.
    ///
    /// It uses the pool from the first result that is asked for until the loop is left. Other maps and streams may use
    /// it at the same time, inside of the loop too.
    ///
    /// - Parameters:
    ///   - records: Any asynchronous sequence. Read again from its beginning whenever the stream is iterated again.
    ///   - function: What workers call for every record: a `ValueFunction`, or a `WorkerFunction` whose keys are the
    ///     positions from 0.
    ///   - window: Bytes of shared memory for records in flight and their results. One record may take more.
    /// - Returns: The results; nothing is read before the first of them is asked for.
    /// - Complexity: O(1) memory. Per record, the price of copying it and its result.
    @inlinable
    public func stream<Records: AsyncSequence & Sendable, Function: WorkerFunction & Sendable>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> AsyncResultStream<Function.Output>
    where Records.Element == Function.Value, Function.Key: _PositionKey {
        _stream(Function.self, window, hasKeys: false) { run in
            run.start(function) { run in
                for try await record in records {
                    try await run.append { (input) throws(PoolError) in try input.append(record) }
                }
            }
        }
    }

    /// Maps an asynchronous sequence of keys and values. Keys may repeat.
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
    public func stream<Records: AsyncSequence & Sendable, Function: WorkerFunction & Sendable>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> AsyncResultStream<Function.Output>
    where Records.Element == (key: Function.Key, value: Function.Value) {
        _stream(Function.self, window, hasKeys: true) { run in
            run.start(function) { run in
                for try await record in records {
                    try await run.append { (input) throws(PoolError) in try input.append(record.key, record.value) }
                }
            }
        }
    }

    /// Maps an asynchronous sequence of pairs of key and value. Keys may repeat.
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
    public func stream<Records: AsyncSequence & Sendable, Function: WorkerFunction & Sendable>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> AsyncResultStream<Function.Output>
    where Records.Element == (Function.Key, Function.Value) {
        _stream(Function.self, window, hasKeys: true) { run in
            run.start(function) { run in
                for try await record in records {
                    try await run.append { (input) throws(PoolError) in try input.append(record.0, record.1) }
                }
            }
        }
    }

    // Chosen where no other fits, for the compiler has no message of its own about those (Swift 6.3).
    @available(*, unavailable, message: "the records are not the function's Value, with its Key or where that is Int")
    public func stream<Records: AsyncSequence & Sendable, Function: WorkerFunction & Sendable>(
        _ records: Records, _ function: Function, window: Int = 64 << 20
    ) -> AsyncResultStream<Function.Output> { misuse("unavailable") }

    @usableFromInline
    func _stream<Function: WorkerFunction>(
        _ function: Function.Type, _ window: Int, hasKeys: Bool, start: @escaping @Sendable (AsyncRun) -> Void
    ) -> AsyncResultStream<Function.Output> {
        require(window > 0, "a window has room for something")
        return AsyncResultStream {
            let run = AsyncRun(StreamShape(function, hasKeys: hasKeys), window: window, in: self)
            start(run)
            return run
        }
    }
}
