public import CoreMetrics
public import Procession

/// Tells swift-metrics what a pool does, every few seconds, for as long as its task runs.
///
///     let metrics = PoolMetrics(pool)
///     let telling = Task { await metrics.run() }
///
/// Counters: `procession_records`, `procession_records_failed`, `procession_records_retried`,
/// `procession_workers_replaced` (they died), `procession_workers_retired` (they had mapped as many records as one may).
/// Gauges: `procession_workers`, `procession_shared_bytes`.
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
        var told = Told()
        while true {
            tell(since: &told)
            do {
                try await Task.sleep(for: interval)
            } catch {
                return tell(since: &told)
            }
        }
    }

    /// What counters have been told of already.
    private struct Told { var records = 0, failed = 0, retried = 0, replaced = 0, retired = 0 }

    private func tell(since told: inout Told) {
        func count(_ counter: Counter, _ value: Int, _ told: inout Int) {
            if value > told { counter.increment(by: value - told) }
            told = value
        }
        let statistics = pool.statistics
        count(records, statistics.records, &told.records)
        count(failed, statistics.failed, &told.failed)
        count(retried, statistics.retried, &told.retried)
        count(replaced, statistics.workersReplaced, &told.replaced)
        count(retired, statistics.workersRetired, &told.retired)
        workers.set(pool.workerCount)
        sharedBytes.set(pool.sharedBytesInUse)
    }
}
