public import OrderedCollections

/// Maps for tasks: the same as the others, but that they suspend the task and hold no thread while they wait.
///
/// One thread of the pool's steps the maps of all tasks. Cancelling a task ends its map, and no other.
extension WorkerPool {
    /// Maps an ordered dictionary: `function(key:value:)` for every record, in worker processes, results in order.
    ///
    /// - Parameters:
    ///   - records: Keys and values; the results have the same keys in the same order.
    ///   - function: What workers call for every record.
    ///   - onFailure: What happens when a record fails: the map throws, as here, or goes on and collects.
    /// - Returns: A view of the results; see `MappedDictionary` for what it becomes.
    /// - Throws: `RecordFailure` for the first record that failed; `PoolError` when the map cannot go on;
    ///   `CancellationError` when the task is cancelled.
    /// - Complexity: O(n) in the parent to lay out keys and values, about the price of copying them, while workers map
    ///   what is laid out already.
    @inlinable
    public func map<Function: WorkerFunction>(
        _ records: OrderedDictionary<Function.Key, Function.Value>, _ function: Function,
        onFailure: FailurePolicy.Throw = .throw
    ) async throws -> MappedDictionary<Function.Key, Function.Value, Function.Output>
    where Function: Sendable, Function.Key: Sendable, Function.Value: Sendable {
        MappedDictionary(
            records, try await _awaitMap(_records(keyed: records), function, stopsAtFailure: true).slots)
    }

    /// Maps an ordered dictionary with a function that does not look at the keys, so that they are not laid out.
    ///
    /// - Parameters:
    ///   - records: Keys and values; the results have the same keys in the same order.
    ///   - function: What workers call for every value.
    ///   - onFailure: What happens when a record fails: the map throws, as here, or goes on and collects.
    /// - Returns: A view of the results.
    /// - Throws: `RecordFailure` for the first record that failed; `PoolError` when the map cannot go on;
    ///   `CancellationError` when the task is cancelled.
    /// - Complexity: O(n) in the parent to lay the values out, while workers map what is laid out already.
    @inlinable
    public func map<Key, Function: ValueFunction>(
        _ records: OrderedDictionary<Key, Function.Value>, _ function: Function,
        onFailure: FailurePolicy.Throw = .throw
    ) async throws -> MappedDictionary<Key, Function.Value, Function.Output>
    where Key: Sendable, Function: Sendable, Function.Value: Sendable {
        MappedDictionary(
            records, try await _awaitMap(_records(valuesOf: records), function, stopsAtFailure: true).slots)
    }

    /// Maps an array, or any other collection, with a function of its elements, or of positions and elements.
    ///
    /// - Parameters:
    ///   - values: The records. What `layOut` of this pool has made lies in shared memory already, and is not copied.
    ///   - function: What workers call for every element: a `ValueFunction`, or a `WorkerFunction` whose keys are the
    ///     positions from 0.
    ///   - onFailure: What happens when a record fails: the map throws, as here, or goes on and collects.
    /// - Returns: A view of the results.
    /// - Throws: `RecordFailure` for the first record that failed; `PoolError` when the map cannot go on;
    ///   `CancellationError` when the task is cancelled.
    /// - Complexity: O(n) in the parent to lay the elements out; those of an array while workers map what is laid out
    ///   already; O(1) per chunk of records for what is laid out before.
    @inlinable
    public func map<Values: Collection, Function: WorkerFunction>(
        _ values: Values, _ function: Function, onFailure: FailurePolicy.Throw = .throw
    ) async throws -> MappedArray<Function.Output>
    where Values.Element == Function.Value, Function.Key: _PositionKey, Values: Sendable, Function: Sendable {
        try await _awaitMap(_records(values), function, stopsAtFailure: true).slots
    }
}

/// Maps for tasks that go on when a record fails.
extension WorkerPool {
    /// Maps an ordered dictionary, and collects the failures of records.
    ///
    /// - Parameters:
    ///   - records: Keys and values; the results have the same keys in the same order.
    ///   - function: What workers call for every record.
    ///   - onFailure: `.collect`.
    /// - Returns: A view of the results, each of which is a `Result`.
    /// - Throws: `PoolError` when the map cannot go on; `CancellationError` when the task is cancelled; no record's
    ///   failure.
    /// - Complexity: O(n) in the parent to lay out keys and values, about the price of copying them, while workers map
    ///   what is laid out already.
    @inlinable
    public func map<Function: WorkerFunction>(
        _ records: OrderedDictionary<Function.Key, Function.Value>, _ function: Function,
        onFailure: FailurePolicy.Collect
    ) async throws -> CollectedDictionary<Function.Key, Function.Value, Function.Output>
    where Function: Sendable, Function.Key: Sendable, Function.Value: Sendable {
        CollectedDictionary(records, try await _awaitMap(_records(keyed: records), function, stopsAtFailure: false))
    }

    /// Maps an ordered dictionary with a function that does not look at the keys, and collects the failures of records.
    ///
    /// - Parameters:
    ///   - records: Keys and values; the results have the same keys in the same order.
    ///   - function: What workers call for every value.
    ///   - onFailure: `.collect`.
    /// - Returns: A view of the results, each of which is a `Result`.
    /// - Throws: `PoolError` when the map cannot go on; `CancellationError` when the task is cancelled; no record's
    ///   failure.
    /// - Complexity: O(n) in the parent to lay the values out, while workers map what is laid out already.
    @inlinable
    public func map<Key, Function: ValueFunction>(
        _ records: OrderedDictionary<Key, Function.Value>, _ function: Function, onFailure: FailurePolicy.Collect
    ) async throws -> CollectedDictionary<Key, Function.Value, Function.Output>
    where Key: Sendable, Function: Sendable, Function.Value: Sendable {
        CollectedDictionary(
            records, try await _awaitMap(_records(valuesOf: records), function, stopsAtFailure: false))
    }

    /// Maps an array, or any other collection, and collects the failures of records.
    ///
    /// - Parameters:
    ///   - values: The records. What `layOut` of this pool has made lies in shared memory already, and is not copied.
    ///   - function: What workers call for every element: a `ValueFunction`, or a `WorkerFunction` whose keys are the
    ///     positions from 0.
    ///   - onFailure: `.collect`.
    /// - Returns: A view of the results, each of which is a `Result`.
    /// - Throws: `PoolError` when the map cannot go on; `CancellationError` when the task is cancelled; no record's
    ///   failure.
    /// - Complexity: O(n) in the parent to lay the elements out; those of an array while workers map what is laid out
    ///   already; O(1) per chunk of records for what is laid out before.
    @inlinable
    public func map<Values: Collection, Function: WorkerFunction>(
        _ values: Values, _ function: Function, onFailure: FailurePolicy.Collect
    ) async throws -> CollectedArray<Function.Output>
    where Values.Element == Function.Value, Function.Key: _PositionKey, Values: Sendable, Function: Sendable {
        try await _awaitMap(_records(values), function, stopsAtFailure: false)
    }
}
