import ProcessionSegment

/// Maps whose results are combined to one.
extension WorkerPool {
    /// Maps values and combines their results to one, in their order.
    ///
    /// Each worker combines blocks of 1,024 values, and then blocks of what came of these, until one result is left. So
    /// the result is the same for any number of workers, whatever happens to them: of floating-point numbers, bit by
    /// bit.
    ///
    /// - Parameters:
    ///   - values: The records.
    ///   - function: What workers call for every value, and for what came of them.
    /// - Returns: What comes of all values; nil when there are none.
    /// - Throws: `RecordFailure` for the first block in which a value failed, whose `index` is that of the block's
    ///   first value; `PoolError` when the map cannot go on.
    /// - Complexity: O(n), and memory for the values and for a result per block.
    public func reduce<Values: Collection, Function: ReducingFunction>(
        _ values: Values, _ function: Function
    ) throws -> Function.Output? where Values.Element == Function.Value {
        let count = values.count
        guard count > 0 else { return nil }
        do {
            let fold = Fold(function: function, count: count)
            let results = try _tidying { try _map(blocks(of: values, count), fold, stopsAtFailure: true).slots }
            return results.count == 1 ? results[0] : try reduce(Array(results), Combination(function: function))
        } catch let failure as RecordFailure {
            throw failure.ofValue(inBlocksOf: _Block<Function.Value>.length)
        }
    }

    /// The same, for a task, which is suspended meanwhile.
    ///
    /// - Parameters:
    ///   - values: The records.
    ///   - function: What workers call for every value, and for what came of them.
    /// - Returns: What comes of all values; nil when there are none.
    /// - Throws: As the form that blocks; `CancellationError` when the task is cancelled.
    /// - Complexity: O(n), and memory for the values and for a result per block.
    public func reduce<Values: Collection & Sendable, Function: ReducingFunction & Sendable>(
        _ values: Values, _ function: Function
    ) async throws -> Function.Output?
    where Values.Element == Function.Value, Function.Value: Sendable, Function.Output: Sendable {
        let count = values.count
        guard count > 0 else { return nil }
        do {
            let fold = Fold(function: function, count: count)
            let results = try await _awaitMap(blocks(of: values, count), fold, stopsAtFailure: true).slots
            return results.count == 1 ? results[0] : try await reduce(Array(results), Combination(function: function))
        } catch let failure as RecordFailure {
            throw failure.ofValue(inBlocksOf: _Block<Function.Value>.length)
        }
    }

    private func blocks<Values: Collection>(of values: Values, _ count: Int) throws(PoolError) -> MapRecords
    where Values.Element: SlotValue {
        let length = _Block<Values.Element>.length
        let blocks = (count + length - 1) / length
        if let elements = values as? [Values.Element] {
            return MapRecords(count: blocks, hasKeys: false, keyText: { "\($0)" }) { (range, input) throws(PoolError) in
                let last = min(count, range.upperBound * length)
                try input.values.layOut(range.lowerBound * length..<last, of: elements)
            }
        }
        let call = try call()
        if let values = values as? ArenaArray<Values.Element> { return MapRecords(values.room, count: blocks, call) }
        return MapRecords(try ArenaArray(values, for: call).room, count: blocks, call)
    }
}

extension RecordFailure {
    /// The failure of a block of values, named by the first of them.
    fileprivate func ofValue(inBlocksOf length: Int) -> RecordFailure {
        RecordFailure(index: index * length, key: "\(index * length)", cause: cause, attempts: attempts)
    }
}
