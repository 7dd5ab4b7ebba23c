import Glibc
import OrderedCollections
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// Maps that tasks wait for.
@Suite struct AwaitedMapTests {
    @Test func eachFormGivesWhatTheBlockingOneGives() async throws {
        let pool = try WorkerPool(workers: 2)
        let records: OrderedDictionary = ["b": 2, "a": 1, "c": 3]
        #expect(try await Array(pool.map([1, 2, 3], Triple())) == [3, 6, 9])
        #expect(try await Array(pool.map(1..<4, Triple())) == [3, 6, 9])
        #expect(try await Array(pool.map(pool.layOut([1, 2, 3]), Triple())) == [3, 6, 9])
        #expect(try await OrderedDictionary(pool.map(records, Triple())) == ["b": 6, "a": 3, "c": 9])
        #expect(try await OrderedDictionary(pool.map(records, Named())) == ["b": "b=2", "a": "a=1", "c": "c=3"])
        let collected = try await pool.map(0..<4, DiesAtOne(), onFailure: .collect)
        #expect(collected.failures.map(\.index) == [1])
        #expect(try await pool.map(records, DiesAtOne(), onFailure: .collect).failures.map(\.key) == ["a"])
        #expect(try await pool.map(records, Named(), onFailure: .collect).failures.isEmpty)
        let failure = await #expect(throws: RecordFailure.self) { try await pool.map(0..<4, DiesAtOne()) }
        #expect(failure?.index == 1 && failure?.cause.exitStatus == 9)
        #expect(pool.sharedBytesInUse == 0 || !collected.isEmpty)
    }

    /// A thread of the pool's for any number of maps: none of Swift's, of which there are as many as cores, waits.
    @Test func manyAreWaitedForByNoThreadOfTheirs() async {
        // In a process of its own, for other tests have threads.
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let before = try threads()
            let maps = (0..<100).map { number in Task { Array(try await pool.map([50_000, number], Sleeping())) } }
            try await Task.sleep(for: .milliseconds(50))
            // It runs although more maps are waited for than there are threads.
            let (during, ended) = (try threads(), pool.statistics.records)
            for (number, map) in maps.enumerated() {
                let results = try await map.value
                precondition(results == [50_000, number])
            }
            precondition(ended < 200, "the maps were over before they were looked at")
            precondition(during < before + 50, "\(before) threads, then \(during)")
            let isIdle = try await settles(pool)
            precondition(pool.statistics.rescues == 0 && isIdle)
        }
    }

    @Test(arguments: [1, 2, 4]) func awaitedAndBlockingMapsAndStreamsShareAPool(workers: Int) async throws {
        let pool = try WorkerPool(workers: workers)
        let threads = (0..<4).map { _ in
            OtherThread {
                for _ in 0..<30 { #expect((try? pool.map(0..<50, Triple()))?.last == 147) }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for round in 0..<20 {
                        let values = (0..<(number * 7 + round)).map { $0 + number }
                        let results = try await pool.map(values, Triple())
                        #expect(Array(results) == values.map { $0 * 3 })
                    }
                }
            }
            group.addTask {
                var next = 0
                for try await value in pool.stream(Trickle(count: 500, pauseEvery: 16), Triple()) {
                    #expect(value == next * 3)
                    if next % 100 == 0 {
                        let results = try await pool.map([next], Triple())
                        #expect(Array(results) == [next * 3])
                    }
                    next += 1
                }
                #expect(next == 500)
            }
            try await group.waitForAll()
        }
        for thread in threads { thread.join() }
        #expect(pool.statistics.failed == 0 && pool.statistics.rescues == 0)
    }

    @Test func cancellingATaskEndsItsMapAndNoOther() async {
        // In a process of its own, for what tests do beside each other holds up tasks.
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let other = Task {
                for _ in 0..<200 {
                    let results = try await pool.map(0..<100, Triple())
                    precondition(results.last == 297)
                }
            }
            for round in 0..<40 {
                let start = Instant.now
                let slow = Task { try await pool.map([20_000_000, 20_000_000, 5], Sleeping()) }
                if round % 2 == 0 { try await Task.sleep(for: .milliseconds(5)) }
                slow.cancel()
                let result = await slow.result
                precondition(failed(with: CancellationError.self, result) && Instant.now - start < .seconds(15))
            }
            try await other.value
            let isIdle = try await settles(pool)
            precondition(pool.statistics.failed == 0 && isIdle)
        }
    }

    @Test func aMapOfATaskThatWasCancelledBeforeRunsNothing() async throws {
        let pool = try WorkerPool(workers: 1)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await pool.map([1], Triple())
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(pool.statistics.published == 0)
    }

    @Test func aPoolThatIsCancelledOrShutDownTellsThoseWhoWait() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            let maps = (0..<3).map { _ in Task { try await pool.map([60_000_000], Sleeping()) } }
            try await Task.sleep(for: .milliseconds(500))
            pool.cancel()
            for map in maps {
                let result = await map.result
                precondition(failed(with: PoolError.Code.cancelled, result))
            }
            let last = Task { Array(try await pool.map([1_000_000], Sleeping())) }
            try await Task.sleep(for: .milliseconds(500))
            pool.shutDown()
            let results = try await last.value
            precondition(results == [1_000_000], "a map that runs is finished before")
            let refused = await Task { try await pool.map([1], Triple()) }.result
            precondition(failed(with: PoolError.Code.shutDown, refused))
        }
    }

    @Test func workersThatDieAreReplacedWhileTasksWait() async throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<5 {
                        let results = try await pool.map([0, 1, 0], DiesAtOne(), onFailure: .collect)
                        #expect(results.failures.map(\.index) == [1])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(pool.statistics.failed == 20 && pool.workerCount == 2)
    }

    @Test func theThreadEndsWithThePool() async {
        await #expect(processExitsWith: .success) {
            let before = try threads()
            for _ in 0..<20 {
                let pool = try WorkerPool(workers: 1)
                _ = try await pool.map([1], Triple())
            }
            let most = before + 10
            let deadline = Instant.now + .seconds(10)
            while try threads() > most, Instant.now < deadline { try await Task.sleep(for: .milliseconds(10)) }
            let after = try threads()
            precondition(after <= most, "\(before) threads, then \(after)")
        }
    }
}

struct Named: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> String { "\(key)=\(value)" }
}

private func threads() throws -> Int {
    let status = String(decoding: try File.contents(of: "/proc/self/status"), as: UTF8.self)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Threads:") })
    return try #require(Int(line.split(separator: "\t").last ?? ""))
}

/// Whether nothing holds memory any more, a little later: the driver lets go of a result after it has told of it.
func settles(_ pool: WorkerPool) async throws -> Bool {
    for _ in 0..<500 where pool.sharedBytesInUse > 0 { try await Task.sleep(for: .milliseconds(10)) }
    return pool.sharedBytesInUse == 0
}
