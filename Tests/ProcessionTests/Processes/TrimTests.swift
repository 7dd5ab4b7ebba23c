import Glibc
import OrderedCollections
import Procession
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

/// Trimming while others use the pool.
@Suite(.serialized) struct TrimTests {
    @Test func trimmingAllTheTimeFromAnotherThreadHarmsNoMap() throws {
        let pool = try WorkerPool(workers: 2)
        let isOver = Atomic(false)
        let trimmer = OtherThread { while !isOver.load(ordering: .relaxed) { pool.trim() } }
        defer {
            isOver.store(true, ordering: .relaxed)
            trimmer.join()
        }
        for round in 0..<20 {
            let count = 1 << (round % 16)
            let texts = OrderedDictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", $0) })
            let results = try pool.map(texts, DoubleAndText())
            let values = try pool.layOut(0..<count)
            #expect(results.count == count)
            for index in stride(from: 0, to: count, by: 97) {
                #expect(results.elements[index].value == Columns(index * 2, "\(index)"))
            }
            #expect(Array(try pool.map(values, Triple())) == (0..<count).map { $0 * 3 })
        }
    }

    @Test func aStreamGoesOnThroughTrims() throws {
        let pool = try WorkerPool(workers: 2)
        var index = 0
        for result in pool.stream(0..<200_000, Triple()) {
            guard try result.get() == index * 3 else { throw Throwing.Refusal(description: "wrong at \(index)") }
            if index % 10_000 == 0 { pool.trim() }
            index += 1
        }
        #expect(index == 200_000)
        #expect(pool.sharedBytesInUse == 0)
        #expect(pool.workerCount == 2)
    }

    @Test func anIteratorThatHasNotBegunSurvivesATrim() throws {
        let pool = try WorkerPool(workers: 2)
        var first = pool.stream(0..<100_000, Triple()).makeIterator()
        _ = try pool.map(0..<300_000, Triple())
        pool.trim()
        #expect(try first.next()?.get() == 0)
        pool.trim()
        #expect(try first.next()?.get() == 3)
    }

    @Test func anAsynchronousStreamGoesOnThroughTrims() async throws {
        let pool = try WorkerPool(workers: 2)
        let numbers = AsyncStream<Int> { continuation in
            for number in 0..<50_000 { continuation.yield(number) }
            continuation.finish()
        }
        var index = 0
        for try await result in pool.stream(numbers, Triple()) {
            guard result == index * 3 else { throw Throwing.Refusal(description: "wrong at \(index)") }
            if index % 5000 == 0 { pool.trim() }
            index += 1
        }
        #expect(index == 50_000)
    }

    @Test func streamsOfAPoolThatWasShutDownThrow() async throws {
        let pool = try WorkerPool(workers: 1)
        var iterator = pool.stream(0..<10, Triple()).makeIterator()
        pool.shutDown()
        pool.trim()
        let error = #expect(throws: PoolError.self) { try iterator.next()?.get() }
        #expect(error?.code == .shutDown)
        #expect(iterator.next() == nil)
        var later = pool.stream(AsyncStream<Int> { $0.finish() }, Triple()).makeAsyncIterator()
        let second = await #expect(throws: PoolError.self) { try await later.next() }
        #expect(second?.code == .shutDown)
        #expect(throws: PoolError.self) { try pool.layOut(0..<10) }
    }

    @Test func statisticsAndSettingsOutliveATrim() throws {
        let pool = try WorkerPool(workers: 2, retries: 0, chunkSize: 1000)
        _ = try pool.map(0..<300_000, Triple())
        pool.trim()
        _ = try pool.map(Array(0..<20), Deadly(way: .kill, deadlyKey: 3), onFailure: .collect)
        #expect(pool.statistics.records == 300_020)
        #expect(pool.statistics.workersReplaced == 1)
        #expect(pool.workerCount == 2)
    }

    @Test func aTrimThatFindsNoWorkersIsMadeGoodByTheNextMap() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 1)
            _ = try pool.map(0..<300_000, Triple())
            var limit = rlimit()
            // Safe, here and below: the structure lives during the call. No descriptor is left for a worker.
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var none = limit
            none.rlim_cur = 10
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
            pool.trim()
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            #expect(Array(try pool.map(0..<1000, Triple())) == (0..<1000).map { $0 * 3 })
        }
    }
}
