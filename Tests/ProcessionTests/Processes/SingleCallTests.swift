import Glibc
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

@testable import Procession

/// One record, from any number of tasks.
@Suite struct SingleCallTests {
    @Test func aCallGivesWhatItsFunctionGives() async throws {
        let pool = try WorkerPool(workers: 2)
        #expect(try await pool.call(Triple(), 14) == 42)
        #expect(try await pool.call(Named(), key: "a", 1) == "a=1")
        #expect(try await pool.call(LengthyText(bytes: 100_000), 0).utf8.count == 100_000)
    }

    @Test(arguments: [1, 2, 4]) func eachOfManyTasksGetsItsOwnResult(workers: Int) async throws {
        let pool = try WorkerPool(workers: workers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<64 {
                group.addTask {
                    for round in 0..<50 {
                        let value = task * 1000 + round
                        // Functions of several states at a time.
                        let result = try await pool.call(Scale(factor: round % 3), value)
                        #expect(result == "\(value * (round % 3))")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(pool.statistics.records == 64 * 50 && pool.statistics.rescues == 0)
        #expect(pool.core.desks { $0.count } == 1, "calls of one function wait together")
        #expect(try await settles(pool))
    }

    @Test func aCallThatCrashesOrThrowsFailsAlone() async throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        let calls = (0..<300).map { value in Task { try await pool.call(Perilous(), value) } }
        for (value, call) in calls.enumerated() {
            let result = await call.result
            switch value % 100 {
            case 7:
                let failure = #expect(throws: RecordFailure.self) { try result.get() }
                #expect(failure?.cause.exitStatus == 9)
            case 8:
                let failure = #expect(throws: RecordFailure.self) { try result.get() }
                #expect(failure?.cause.message == "perilous")
            default: #expect(try result.get() == value)
            }
        }
        #expect(pool.statistics.failed == 6)
    }

    /// One that comes with others may be in a batch with them; those that come later find another worker.
    @Test func aSlowCallDoesNotHoldUpThoseThatComeLater() async {
        // In a process of its own, for what tests do beside each other holds up tasks.
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let slow = Task { try await pool.call(Sleeping(), 5_000_000) }
            try await Task.sleep(for: .milliseconds(50))
            let start = Instant.now
            // Each of which would take a tenth of a second, if the driver were not told of it.
            for value in 0..<100 {
                let result = try await pool.call(Sleeping(), value)
                precondition(result == value)
            }
            precondition(Instant.now - start < .milliseconds(4500))
            let last = try await slow.value
            precondition(last == 5_000_000)
        }
    }

    @Test func aCancelledTaskWaitsNoLonger() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 1)
            let start = Instant.now
            let calls = (0..<10).map { _ in Task { try await pool.call(Sleeping(), 10_000_000) } }
            try await Task.sleep(for: .milliseconds(20))
            for call in calls { call.cancel() }
            for call in calls {
                let result = await call.result
                precondition(failed(with: CancellationError.self, result))
            }
            precondition(Instant.now - start < .seconds(9))
            precondition(pool.statistics.published == 0)
        }
    }

    @Test func callsEndWithTheirPool() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 1)
            let calls = (0..<5).map { _ in Task { try await pool.call(Sleeping(), 60_000_000) } }
            try await Task.sleep(for: .milliseconds(500))
            pool.cancel()
            for call in calls {
                let result = await call.result
                precondition(failed(with: PoolError.Code.cancelled, result))
            }
            let tripled = try await pool.call(Triple(), 1)
            precondition(tripled == 3)
            pool.shutDown()
            let refused = await Task { try await pool.call(Triple(), 1) }.result
            precondition(failed(with: PoolError.Code.shutDown, refused))
        }
    }
}

struct Scale: ValueFunction {
    let factor: Int
    func callAsFunction(_ value: Int) -> String { "\(value * factor)" }
}

struct Perilous: ValueFunction {
    func callAsFunction(_ value: Int) throws -> Int {
        if value % 100 == 7 { _exit(9) }
        if value % 100 == 8 { throw Peril() }
        return value
    }
    struct Peril: Error, CustomStringConvertible { let description = "perilous" }
}

func failed<Value, Failure: Error>(with type: Failure.Type, _ result: Result<Value, any Error>) -> Bool {
    if case .failure(let error) = result { error is Failure } else { false }
}

func failed<Value>(with code: PoolError.Code, _ result: Result<Value, any Error>) -> Bool {
    if case .failure(let error as PoolError) = result { error.code == code } else { false }
}
