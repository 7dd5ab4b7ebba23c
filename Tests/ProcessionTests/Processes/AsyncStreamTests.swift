import Glibc
import Procession
import ProcessionSystem
import Synchronization
import Testing

internal import Dispatch

/// Elements of a sequence, with a pause here and there, and an error at the end if one is wanted.
struct Trickle: AsyncSequence, Sendable {
    var count: Int
    var pauseEvery = Int.max
    var error: Throwing.Refusal?
    let taken = Counter()

    final class Counter: Sendable { let value = Atomic(0) }
    struct Iterator: AsyncIteratorProtocol {
        var base: Trickle
        var next = 0
        mutating func next() async throws -> Int? {
            guard next < base.count else {
                if let error = base.error { throw error }
                return nil
            }
            defer { next += 1 }
            base.taken.value.add(1, ordering: .relaxed)
            if next % base.pauseEvery == base.pauseEvery - 1 { try await Task.sleep(for: .milliseconds(1)) }
            return next
        }
    }
    func makeAsyncIterator() -> Iterator { Iterator(base: self) }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct AsyncStreamTests {
    /// A map takes its turn behind the end of a stream.
    private func expectIdle(_ pool: WorkerPool) throws {
        #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
        // The engine's own thread lets go of its last extent after it has given the pool back; it has a second for it.
        for _ in 0..<100 where pool.sharedBytesInUse > 0 { usleep(10_000) }
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func recordsComeAndGoAsynchronouslyInOrder() async throws {
        let pool = try WorkerPool(workers: 2)
        let window = 1 << 20
        var index = 0
        var most = 0
        for try await result in pool.stream(Trickle(count: 300_000, pauseEvery: 10_000), Triple(), window: window) {
            guard result == index * 3 else { throw Throwing.Refusal(description: "wrong at \(index)") }
            index += 1
            if index % 64 == 0 { most = max(most, pool.sharedBytesInUse) }
        }
        #expect(index == 300_000)
        #expect(most <= window + 4096)
        try expectIdle(pool)
    }

    @Test(arguments: [0, 1, 2, 65])
    func aShortStreamHasAllItsRecords(count: Int) async throws {
        let pool = try WorkerPool(workers: 2)
        var results: [Int] = []
        for try await result in pool.stream(Trickle(count: count), Triple()) { results.append(result) }
        #expect(results == (0..<count).map { $0 * 3 })
    }

    @Test func aResultDoesNotWaitForTheNextRecord() async throws {
        let pool = try WorkerPool(workers: 2)
        let (records, source) = AsyncStream.makeStream(of: Int.self)
        var iterator = pool.stream(records, Triple()).makeAsyncIterator()
        for value in 0..<100 {
            source.yield(value)
            #expect(try await iterator.next() == value * 3)
        }
        source.finish()
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
    }

    /// Workers that die of nothing that they work at are replaced as long as records are finished in between.
    @Test func idleWorkersMayDieAsOftenAsTheyLikeBetweenRecords() async throws {
        let pool = try WorkerPool(workers: 1)
        let (records, source) = AsyncStream.makeStream(of: Int.self)
        var iterator = pool.stream(records, Triple()).makeAsyncIterator()
        for value in 0..<6 {
            source.yield(value)
            #expect(try await iterator.next() == value * 3)
            for victim in pool.workerProcessIDs { kill(victim, SIGKILL) }
        }
        source.finish()
    }

    @Test func aConsumerThatIsSlowStopsTheReading() async throws {
        let pool = try WorkerPool(workers: 2)
        let records = Trickle(count: 1_000_000)
        var iterator = pool.stream(records, Triple(), window: 64 << 10).makeAsyncIterator()
        #expect(try await iterator.next() == 0)
        try await Task.sleep(for: .milliseconds(100))
        #expect(records.taken.value.load(ordering: .relaxed) <= (64 << 10) / 16)
        for index in 1..<20_000 { #expect(try await iterator.next() == index * 3) }
    }

    @Test func theFirstFailureIsThrownAndEndsTheStream() async throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        var iterator = pool.stream(Trickle(count: 1000), Fragile()).makeAsyncIterator()
        for index in 0..<13 { #expect(try await iterator.next()?.values.1 == index) }
        let failure = await #expect(throws: RecordFailure.self) { _ = try await iterator.next() }
        #expect(failure?.index == 13)
        #expect(try await iterator.next() == nil)
        try expectIdle(pool)
    }

    @Test func resultsTellOfEveryRecord() async throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        var failed: [Int] = []
        var index = 0
        for await result in pool.stream(Trickle(count: 300), Fragile()).results {
            switch result {
            case .success(let output): #expect(output.values == (index, index))
            case .failure(let failure as RecordFailure): failed.append(failure.index)
            case .failure(let error): throw error
            }
            index += 1
        }
        #expect(index == 300)
        #expect(failed == [13, 50, 113, 150, 213, 250])
    }

    @Test func anErrorOfTheInputComesBehindTheResultsBeforeIt() async throws {
        let pool = try WorkerPool(workers: 2)
        var count = 0
        let error = await #expect(throws: Throwing.Refusal.self) {
            let records = Trickle(count: 5000, error: Throwing.Refusal(description: "the input broke"))
            for try await _ in pool.stream(records, Triple()) { count += 1 }
        }
        #expect(error?.description == "the input broke")
        #expect(count == 5000)
        try expectIdle(pool)
    }

    @Test func leavingTheLoopFreesTheWorkers() async throws {
        let pool = try WorkerPool(workers: 2)
        for round in 0..<10 {
            for try await result in pool.stream(Trickle(count: .max), Triple()) where result >= round * 3000 { break }
            try expectIdle(pool)
        }
    }

    @Test func cancellingTheTaskEndsTheStreamAndFreesTheWorkers() async throws {
        let pool = try WorkerPool(workers: 2)
        // Nothing ever comes: only the cancellation can end the wait.
        let (records, source) = AsyncStream.makeStream(of: Int.self)
        let waits = Task { for try await _ in pool.stream(records, Triple()) {} }
        source.yield(1)
        try await Task.sleep(for: .milliseconds(20))
        waits.cancel()
        await #expect(throws: CancellationError.self) { try await waits.value }
        try expectIdle(pool)
        // A record that never ends.
        let hangs = Task { for try await _ in pool.stream(Trickle(count: 100), Hangs()) {} }
        try await Task.sleep(for: .milliseconds(50))
        hangs.cancel()
        await #expect(throws: CancellationError.self) { try await hangs.value }
        try expectIdle(pool)
    }

    @Test func streamsOfOnePoolTakeTurns() async throws {
        let pool = try WorkerPool(workers: 2)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var sum = 0
                    for try await result in pool.stream(Trickle(count: 1000), Triple()) { sum += result }
                    return sum
                }
            }
            for try await sum in group { #expect(sum == 1_498_500) }
        }
        try expectIdle(pool)
    }

    @Test func asynchronousStreamsLeaveNothingBehind() async throws {
        // In a process of its own: other tests make pools meanwhile.
        await #expect(processExitsWith: .success) {
            func use() async throws {
                let pool = try WorkerPool(workers: 2)
                for try await result in pool.stream(Trickle(count: .max), Triple()) where result > 300 { break }
                for try await _ in pool.stream(Trickle(count: 100), Fragile()).results {}
                // Its turn comes when the stream's is over.
                _ = try await pool.map([1, 2], Triple())
            }
            /// What there is once the engine's own thread has let go of its pool, for which it has a second.
            func settled(_ wanted: ResourceCensus?) throws -> ResourceCensus {
                for _ in 0..<100 {
                    let census = try ResourceCensus()
                    if let wanted, census == wanted { return census }
                    if wanted == nil, census.children.isEmpty, census.sharedMappings == 0 { return census }
                    usleep(10_000)
                }
                return try ResourceCensus()
            }
            try await use()
            let before = try settled(nil)
            for _ in 0..<3 { try await use() }
            let after = try settled(before)
            precondition(after == before, "\(before) \(after)")
        }
    }

    @Test func aMapIsCancelledFromAnotherThread() throws {
        let pool = try WorkerPool(workers: 2)
        // Not a task: the map has the thread of one.
        DispatchQueue(label: "canceller").async {
            while pool.statistics.records < 3 { usleep(5000) }
            pool.cancel()
        }
        let error = #expect(throws: PoolError.self) { try pool.map(Array(0..<50), Hangs()) }
        #expect(error?.code == .cancelled)
        try expectIdle(pool)
    }
}
