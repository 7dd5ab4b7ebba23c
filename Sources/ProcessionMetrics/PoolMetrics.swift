public import CoreMetrics
public import Procession

/// Tells swift-metrics what a pool does, every few seconds, for as long as its task runs.
///
///     let metrics = PoolMetrics(pool)
///     let telling = Task { await metrics.run() }
///
/// Counters: `procession_records`, `procession_records_failed`, `procession_records_retried`,
/// `procession_workers_replaced` (they died), `procession_workers_retired` (they had mapped as many records as one
/// may). Gauges: `procession_workers`, `procession_shared_bytes`.
public struct PoolMetrics: Sendable {
    private let pool: WorkerPool
    private let interval: Duration
    private let records, failed, retried, replaced, retired: Counter
    private let workers, sharedBytes: CoreMetrics.Meter

    /// What is told of a pool, and to whom.
    ///
    /// - Parameters:
    ///   - pool: The pool; it is kept.
    ///   - interval: How often it is told.
    ///   - dimensions: What tells this pool from others, if there are any.
    ///   - factory: Who is told; by default what `MetricsSystem` was bootstrapped with.
    /// - Complexity: O(1).
    public init(
        _ pool: WorkerPool, every interval: Duration = .seconds(5), dimensions: [(String, String)] = [],
        factory: any MetricsFactory = MetricsSystem.factory
    ) {
        func counter(_ name: String) -> Counter {
            Counter(label: "procession_" + name, dimensions: dimensions, factory: factory)
        }
        func meter(_ name: String) -> CoreMetrics.Meter {
            CoreMetrics.Meter(label: "procession_" + name, dimensions: dimensions, factory: factory)
        }
        self.pool = pool
        self.interval = interval
        records = counter("records")
        failed = counter("records_failed")
        retried = counter("records_retried")
        replaced = counter("workers_replaced")
        retired = counter("workers_retired")
        workers = meter("workers")
        sharedBytes = meter("shared_bytes")
    }

    /// Tells until the task is cancelled, and then once more.
    ///
    /// - Complexity: Some microseconds each time.
    public func run() async {
        var told = tell(since: nil)
        while true {
            do {
                try await Task.sleep(for: interval)
            } catch {
                _ = tell(since: told)
                return
            }
            told = tell(since: told)
        }
    }

    /// Tells what the pool has done since it was last told of, and returns what it has done in all.
    private func tell(since told: PoolStatistics?) -> PoolStatistics {
        let statistics = pool.statistics
        func count(_ counter: Counter, _ value: (PoolStatistics) -> Int) {
            let more = value(statistics) - (told.map(value) ?? 0)
            if more > 0 { counter.increment(by: more) }
        }
        count(records, \.records)
        count(failed, \.failed)
        count(retried, \.retried)
        count(replaced, \.workersReplaced)
        count(retired, \.workersRetired)
        workers.set(pool.workerCount)
        sharedBytes.set(pool.sharedBytesInUse)
        return statistics
    }
}
