import Glibc
import ProcessionSystem
import Synchronization
import Testing

@testable import Procession

/// What a stream leaves behind, however it ends, and a pool.
@Suite(.serialized) struct StreamEndTests {
    /// More input than is worth new workers, and results that nobody has taken.
    @Test func aStreamThatIsDroppedGivesBackWhatATrimHasAskedFor() throws {
        let pool = try WorkerPool(workers: 1)
        _ = try pool.map(0..<300_000, Triple())
        let first = pool.core.home.withLock { $0.memory }
        let old = try #require(first)
        do {
            var results = pool.stream(0..., Triple()).makeIterator()
            for index in 0..<1000 { #expect(try results.next()?.get() == index * 3) }
            pool.trim()
            let waits = pool.core.isTrimming.load(ordering: .acquiring)
            #expect(waits, "what lies there cannot be given back yet")
        }
        let waits = pool.core.isTrimming.load(ordering: .acquiring)
        #expect(!waits)
        #expect(old.bytesInUse == 0 && old.result.book.idleBytes == 0, "the results went before the memory")
        let now = pool.core.home.withLock { $0.memory }
        #expect(now !== old)
        #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
    }

    @Test func aStreamForWhichNoWorkerIsLeftSaysSo() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 1)
            _ = try pool.map(0..<10, Triple())
            for pid in pool.workerProcessIDs {
                kill(pid, SIGKILL)
                while !WorkerIdentity.hasEnded(pid) { usleep(1000) }
            }
            usleep(2000)
            var limit = rlimit()
            // Safe: the structure lives during the call. No descriptor is left for a worker.
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = 3
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var results = pool.stream(0..<10, Triple()).makeIterator()
            let error = #expect(throws: PoolError.self) { try results.next()?.get() }
            #expect(error?.code == .system)
            #expect(results.next() == nil)
        }
    }

    @Test func ofTheWorkersOfADroppedStreamOnlyThoseThatAreStuckAreReplaced() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 1)
        let before = Set(pool.workerProcessIDs)
        do {
            var results = pool.stream(0..<100, StuckAtLast(last: 40)).makeIterator()
            for index in 0..<40 { #expect(try results.next()?.get() == index) }
        }
        #expect(before.intersection(pool.workerProcessIDs).count == 1 && pool.workerCount == 2)
        #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
    }

    /// A record that cannot be laid out ends the stream, and nothing of its run stays.
    @Test func aStreamThatCannotBeReadOnLeavesNoRun() throws {
        let pool = try WorkerPool(workers: 1)
        var results = pool.stream([Nest(depth: 1), Nest(depth: 1), Nest(depth: 513)], Echo<Nest>()).makeIterator()
        var last: Result<Nest, any Error>?
        while let result = results.next() { last = result }
        let error = #expect(throws: PoolError.self) { try last?.get() }
        #expect(error?.code == .tooDeep)
        let engine = try #require(pool.core.gate.when({ _ in true }) { $0.engine })
        let hasNone = engine.lock { $0.runs.isEmpty }
        #expect(hasNone)
        #expect(try pool.map([1], Triple())[0] == 3)
    }

    /// It does not even hear that it should leave.
    @Test func aWorkerThatDoesNotLeaveIsGoneWhenThePoolIsShutDown() throws {
        let pool = try WorkerPool(workers: 1)
        _ = try pool.map(0..<10, Triple())
        let worker = try #require(pool.workerProcessIDs.first)
        kill(worker, SIGSTOP)
        pool.shutDown()
        #expect(WorkerIdentity.hasEnded(worker) && pool.workerCount == 0)
        withExtendedLifetime(pool) {}
    }
}

/// Never ends for one record.
struct StuckAtLast: ValueFunction {
    var last: Int
    func callAsFunction(_ value: Int) -> Int {
        while value == last { usleep(1000) }
        return value
    }
}
