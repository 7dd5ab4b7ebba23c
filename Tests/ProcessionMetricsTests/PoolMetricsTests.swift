import MetricsTestKit
import Procession
import ProcessionMetrics
import Testing

struct Fallible: ValueFunction {
    func callAsFunction(_ value: Int) throws -> Int {
        precondition(value != 7, "the worker dies")
        return value
    }
}

/// What swift-metrics is told of a pool.
@Suite struct PoolMetricsTests {
    @Test func countersHaveWhatThePoolHasDoneAndGaugesWhatItHas() async throws {
        let pool = try WorkerPool(workers: 2, retries: 1, chunkSize: 1)
        let metrics = TestMetrics()
        let telling = Task {
            await PoolMetrics(pool, every: .milliseconds(1), dimensions: [("pool", "a")], factory: metrics).run()
        }
        for _ in 0..<3 { _ = try await pool.map(Array(0..<20), Fallible(), onFailure: .collect) }
        let kept = try pool.layOutOnce(Array(repeating: 1, count: 1000))
        telling.cancel()
        await telling.value
        let dimensions = [("pool", "a")]
        #expect(metrics.counterTotal(label: "procession_records", dimensions: dimensions) == 60)
        #expect(metrics.counterTotal(label: "procession_records_failed", dimensions: dimensions) == 3)
        #expect(metrics.counterTotal(label: "procession_records_retried", dimensions: dimensions) == 3)
        #expect(metrics.counterTotal(label: "procession_workers_replaced", dimensions: dimensions) >= 3)
        #expect(metrics.counterTotal(label: "procession_workers_retired", dimensions: dimensions) == 0)
        #expect(try metrics.expectMeter("procession_workers", dimensions).lastValue == 2)
        #expect(try metrics.expectMeter("procession_shared_bytes", dimensions).lastValue ?? 0 >= 8000)
        _ = kept
    }
}

extension WorkerPool {
    /// In a function of its own, for in an asynchronous one the compiler wants the form that is waited for.
    fileprivate func layOutOnce(_ values: [Int]) throws -> ArenaArray<Int> { try layOut(values) }
}
