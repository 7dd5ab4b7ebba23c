import ProcessionSystem

/// Other limits than the pool's, for some of what is mapped.
extension WorkerPool {
    /// The same pool, with other limits for what is mapped, streamed, reduced and called through what is returned.
    ///
    ///     let hurried = pool.with(timeLimit: .milliseconds(50), retries: 0)
    ///     let quotes = try hurried.map(prices, Quote(rate: 2))
    ///
    /// It has the same workers and the same memory, and its maps take turns with all others of the pool. What is not
    /// given stays as it is here.
    ///
    /// - Parameters:
    ///   - timeLimit: How long one record may take before its worker is killed.
    ///   - retries: Further attempts for a record whose worker died on it.
    ///   - chunkSize: Records handed out at a time. Single calls are handed out as they come.
    ///   - deadline: When it all must be over. What is not by then ends with a `PoolError` whose code is
    ///     `.deadlinePassed`; workers that do not finish their records within 100 ms are replaced. A single call that a
    ///     worker is at runs to its end there, and nobody waits for it.
    ///   - onProgress: Called a few times a second, and when all is mapped, by the thread that maps: that which has
    ///     called, or for tasks one of the pool's, which it must not hold up. Of a reduction it is told the blocks; of
    ///     single calls, nothing.
    /// - Returns: The pool, as it is to be used. To make it takes well under a microsecond.
    /// - Complexity: O(1).
    public func with(
        timeLimit: Duration? = nil, retries: Int? = nil, chunkSize: Int? = nil,
        deadline: ContinuousClock.Instant? = nil, onProgress: (@Sendable (MapProgress) -> Void)? = nil
    ) -> WorkerPool {
        var wishes = wishes
        if timeLimit != nil || retries != nil || chunkSize != nil {
            wishes.limits = Self.limits(wishes.limits ?? core.limits, timeLimit, retries, chunkSize)
        }
        if let deadline { wishes.deadline = Instant.now + (deadline - .now) }
        if let onProgress { wishes.onProgress = { onProgress(MapProgress($0)) } }
        return WorkerPool(core, wishes)
    }

    /// Limits, where others are wanted.
    static func limits(
        _ limits: RunLimits, _ timeLimit: Duration?, _ retries: Int?, _ chunkSize: Int?
    ) -> RunLimits {
        require(timeLimit ?? .seconds(1) > .zero, "a time limit must be longer than nothing")
        require(retries ?? 0 >= 0, "retries cannot be negative")
        require(chunkSize ?? 1 >= 1, "a chunk has at least one record")
        var limits = limits
        limits.timeLimit = timeLimit ?? limits.timeLimit
        limits.retries = retries ?? limits.retries
        limits.chunkSize = chunkSize ?? limits.chunkSize
        return limits
    }
}

/// How far a map or stream has come.
public struct MapProgress: Hashable, Sendable {
    /// Records that are mapped, or have failed.
    public let finished: Int
    /// Records that have failed, of those before which all others are finished.
    public let failed: Int
    /// All records; nil for a stream, which does not know.
    public let total: Int?

    init(finished: Int, failed: Int, total: Int?) {
        (self.finished, self.failed, self.total) = (finished, failed, total)
    }

    init(_ progress: RunProgress) {
        self.init(finished: progress.finished, failed: progress.failed, total: progress.total)
    }
}
