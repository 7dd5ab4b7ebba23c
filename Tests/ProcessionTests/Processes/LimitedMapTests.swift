import Glibc
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

@testable import Procession

/// Maps, streams and calls with limits of their own, on a pool that others use.
@Suite struct LimitedMapTests {
    private static let second = 1_000_000

    @Test func aTimeLimitConcernsOnlyWhatWasAskedForWithIt() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let other = Task { Array(try await pool.map([Self.second, 7], Sleeping())) }
            let hurried = pool.with(timeLimit: .milliseconds(200), retries: 0)
            let results = try await hurried.map([1, 60 * Self.second, 2], Sleeping(), onFailure: .collect)
            precondition(results.failures.map(\.index) == [1] && results.failures[0].attempts == 1)
            precondition(results.failures[0].cause.timeLimit == .milliseconds(200))
            let slow = try await other.value
            precondition(slow == [Self.second, 7] && pool.statistics.failed == 1)
        }
    }

    @Test func aRecordIsTriedAsOftenAsItsMapAllows() throws {
        let pool = try WorkerPool(workers: 1, retries: 3)
        func attempts(_ pool: WorkerPool) throws -> [Int] {
            try pool.map(0..<3, DiesAtOne(), onFailure: .collect).failures.map(\.attempts)
        }
        let patient = pool.with(timeLimit: .seconds(60), retries: 1)
        #expect(try attempts(pool) == [4])
        #expect(try attempts(patient) == [2])
        #expect(try attempts(patient.with(timeLimit: .seconds(30))) == [2], "what is not given stays")
        #expect(try attempts(patient.with(retries: 0)) == [1])
        let failures = pool.with(retries: 0).stream(0..<3, DiesAtOne()).compactMap { result in
            if case .failure(let failure as RecordFailure) = result { failure.attempts } else { nil }
        }
        #expect(failures == [1])
    }

    @Test func aCallHasTheLimitsOfItsOwn() async throws {
        let pool = try WorkerPool(workers: 2)
        let calls = (0..<4).map { number in
            Task {
                try await pool.with(timeLimit: .milliseconds(100 + number), retries: 0).call(
                    Sleeping(), 60 * Self.second)
            }
        }
        for (number, call) in calls.enumerated() {
            let result = await call.result
            let failure = #expect(throws: RecordFailure.self) { try result.get() }
            #expect(failure?.cause.timeLimit == .milliseconds(100 + number))
        }
        // Whoever asks for another limit each time does not make the pool grow.
        for number in 1...200 {
            let value = try await pool.with(timeLimit: .seconds(number)).call(Triple(), number)
            #expect(value == 3 * number)
        }
        #expect((1...64).contains(pool.core.desks { $0.count }))
    }

    @Test func chunksAreAsLongAsTheMapWants() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 1)
        func workers(_ pool: WorkerPool) throws -> Int { Set(try pool.map(0..<100, WhoIsIt())).count }
        #expect(try workers(pool) == 2)
        #expect(try workers(pool.with(chunkSize: 100)) == 1)
    }

    @Test func whatIsNotOverByItsDeadlineEnds() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let start = Instant.now
            func hurried() -> WorkerPool { pool.with(deadline: .now + .milliseconds(200)) }
            func isLate(_ result: Result<Void, any Error>) -> Bool { failed(with: .deadlinePassed, result) }
            precondition(isLate(mapsAMinute(hurried())))
            precondition(isLate(Result { for value in hurried().stream([0], SleepsAMinute()) { _ = try value.get() } }))
            let results = [
                await Task { _ = try await hurried().map([0], SleepsAMinute()) }.result,
                await Task { _ = try await hurried().call(SleepsAMinute(), 0) }.result,
                await Task {
                    for try await value in hurried().stream(Trickle(count: 3, pauseEvery: 1), SleepsAMinute()) {
                        _ = value
                    }
                }.result,
            ]
            precondition(results.allSatisfy(isLate))
            precondition(Instant.now - start < .seconds(20), "a minute was waited for")
            // Passed before it began.
            precondition(isLate(mapsAMinute(pool.with(deadline: .now - .seconds(1)))))
            // Nothing else is concerned, and what is over in time is no error.
            let values = try await Array(pool.with(deadline: .now + .seconds(60)).map(0..<1000, Triple()))
            precondition(values == (0..<1000).map { $0 * 3 })
            // A worker is at the call still.
            pool.cancel()
            let isIdle = try await settles(pool)
            precondition(isIdle)
        }
    }

    /// It sits and waits while another one watches.
    @Test func aDeadlineIsKeptBesideOthers() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let other = OtherThread { precondition((try? pool.map([Self.second * 2], Sleeping()))?.count == 1) }
            try await Task.sleep(for: .milliseconds(100))
            let start = Instant.now
            let late = mapsAMinute(pool.with(deadline: .now + .milliseconds(200)))
            precondition(failed(with: .deadlinePassed, late))
            precondition(Instant.now - start < .milliseconds(1500), "it was seen when the other map was over")
            other.join()
        }
    }

    @Test func progressIsToldAndTheLastTimeAllIsDone() throws {
        let (pool, told) = (try WorkerPool(workers: 2, retries: 0), Told())
        let watched = told.watch(pool)
        #expect(try watched.map(Array(repeating: 2_000, count: 200), Sleeping()).count == 200)
        let all = told.take()
        #expect(all.count >= 2 && all.last == MapProgress(finished: 200, failed: 0, total: 200))
        #expect(all.map(\.finished) == all.map(\.finished).sorted() && all.allSatisfy { $0.total == 200 })
        _ = try watched.map(0..<3, DiesAtOne(), onFailure: .collect)
        #expect(told.take().last == MapProgress(finished: 3, failed: 1, total: 3))
        for result in watched.stream(0..<10, Triple()) { _ = result }
        #expect(told.take().last == MapProgress(finished: 10, failed: 0, total: nil))
        #expect(try pool.map(0..<3, Triple()).count == 3 && told.take().isEmpty, "who has not asked is told nothing")
    }

    @Test func progressIsToldWhileATaskWaits() async throws {
        let (pool, told) = (try WorkerPool(workers: 2), Told())
        let watched = told.watch(pool)
        let count = try await watched.map(Array(repeating: 2_000, count: 200), Sleeping()).count
        let all = told.take()
        #expect(count == 200 && all.count >= 2 && all.last == MapProgress(finished: 200, failed: 0, total: 200))
        for try await result in watched.stream(Trickle(count: 10, pauseEvery: 20), Triple()) { _ = result }
        #expect(told.take().last == MapProgress(finished: 10, failed: 0, total: nil))
    }

    @Test func whoIsToldMayEndIt() throws {
        let pool = try WorkerPool(workers: 2)
        let watched = pool.with(onProgress: { progress in if progress.finished > 0 { pool.cancel() } })
        let error = #expect(throws: PoolError.self) {
            try watched.map(Array(repeating: 5_000, count: 4000), Sleeping())
        }
        #expect(error?.code == .cancelled)
        #expect(try pool.map([1], Triple())[0] == 3)
    }

    @Test func aLimitThatCannotBeIsRefused() async {
        await #expect(processExitsWith: .failure) { _ = try WorkerPool(workers: 1).with(timeLimit: .zero) }
        await #expect(processExitsWith: .failure) { _ = try WorkerPool(workers: 1).with(retries: -1) }
        await #expect(processExitsWith: .failure) { _ = try WorkerPool(workers: 1).with(chunkSize: 0) }
    }

    /// The pool is there as long as somebody has one way to it.
    @Test func aPoolLivesWithWhateverIsLeftOfIt() throws {
        let limited = try WorkerPool(workers: 1).with(retries: 0)
        #expect(try limited.map([1], Triple())[0] == 3)
        #expect(limited.workerCount == 1)
    }
}

/// What a map has told.
private final class Told: Sendable {
    private let told = Mutex<[MapProgress]>([])

    /// The pool may be used by whoever is told.
    func watch(_ pool: WorkerPool) -> WorkerPool {
        pool.with(onProgress: { [self] progress in
            told.withLock { $0.append(progress) }
            _ = pool.statistics
        })
    }

    func take() -> [MapProgress] {
        told.withLock { told in
            defer { told = [] }
            return told
        }
    }
}

/// In this thread.
func mapsAMinute(_ pool: WorkerPool) -> Result<Void, any Error> {
    Result { _ = try pool.map([0], SleepsAMinute()) }
}

struct SleepsAMinute: ValueFunction {
    func callAsFunction(_ value: Int) -> Int { Sleeping()(60_000_000) }
}

/// The process that maps a record, and takes its time.
struct WhoIsIt: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        usleep(2_000)
        return Int(getpid())
    }
}
