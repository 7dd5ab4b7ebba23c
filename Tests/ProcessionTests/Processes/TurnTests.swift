import Procession
import Testing

/// What belongs to which pool, and which map a cancellation is meant for.
@Suite struct TurnTests {
    @Test func anArrayInTheMemoryOfAnotherPoolIsRefused() throws {
        let (pool, other) = (try WorkerPool(workers: 1), try WorkerPool(workers: 1))
        let here = try pool.layOut([1, 2, 3])
        let there = try other.layOut([4, 5, 6])
        let error = #expect(throws: PoolError.self) { try pool.map(there, Triple()) }
        #expect(error?.code == .otherPool)
        let keyed = #expect(throws: PoolError.self) { try pool.map(there, KeyAndTriple()) }
        #expect(keyed?.code == .otherPool)
        #expect(Array(try pool.map(here, Triple())) == [3, 6, 9])
        #expect(Array(try other.map(there, Triple())) == [12, 15, 18])
    }

    @Test func cancellingAMapThatLaysItsInputOutEndsIt() throws {
        let pool = try WorkerPool(workers: 1)
        var looked = 0
        let values = (0..<1_000_000).lazy.map { value in
            looked += 1
            if value == 10 { pool.cancel() }
            return value
        }
        let error = #expect(throws: PoolError.self) { try pool.map(values, Triple()) }
        #expect(error?.code == .cancelled)
        #expect(looked < 100_000, "it goes on to the end of its input")
        #expect(pool.statistics.records == 0)
        #expect(pool.sharedBytesInUse == 0)
        #expect(Array(try pool.map((0..<3).lazy.map { $0 }, Triple())) == [0, 3, 6])
    }

    @Test func cancellingWhenNothingRunsEndsNoLaterMap() throws {
        let pool = try WorkerPool(workers: 1)
        pool.cancel()
        #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
        #expect(try pool.stream(1...2, Triple()).map { try $0.get() } == [3, 6])
    }
}

struct KeyAndTriple: WorkerFunction {
    func callAsFunction(key: Int, value: Int) -> Int { key + value * 3 }
}
