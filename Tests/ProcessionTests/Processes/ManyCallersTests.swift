import Glibc
import OrderedCollections
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// Several maps and streams at a time in one pool.
@Suite struct ManyCallersTests {
    @Test(arguments: [1, 2, 4]) func mapsOfManyThreadsAllEndWithTheirOwnResults(workers: Int) throws {
        let pool = try WorkerPool(workers: workers)
        let threads = (0..<16).map { number in
            OtherThread {
                for round in 0..<20 {
                    let count = (number * 31 + round * 7) % 50 + 1
                    let values = (0..<count).map { $0 + number * 1000 }
                    let results = try? pool.map(values, Triple())
                    #expect(results.map(Array.init) == values.map { $0 * 3 })
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(pool.statistics.rescues == 0)
        #expect(pool.statistics.failed == 0 && pool.sharedBytesInUse == 0)
    }

    @Test func aMapRunsInsideOfTheLoopOfAStreamOfTheSamePool() throws {
        let pool = try WorkerPool(workers: 2)
        var sum = 0
        for result in pool.stream(0..<200, Triple()) {
            let value = try result.get()
            sum += try pool.map([value, value + 1], Triple()).reduce(0, +)
        }
        #expect(sum == (0..<200).reduce(0) { $0 + 3 * (6 * $1 + 1) })
    }

    @Test func twoStreamsAreZipped() throws {
        let pool = try WorkerPool(workers: 2)
        let pairs = zip(pool.stream(0..<5000, Triple()), pool.stream(0..<5000, Triple()))
        var next = 0
        for (left, right) in pairs {
            #expect(try left.get() == next * 3 && right.get() == next * 3)
            next += 1
        }
        #expect(next == 5000)
    }

    @Test func aStreamIsMappedByAStream() throws {
        let pool = try WorkerPool(workers: 2)
        let inner = pool.stream(0..<3000, Triple()).lazy.map { (try? $0.get()) ?? -1 }
        let outer = try pool.stream(inner, Triple()).map { try $0.get() }
        #expect(outer == (0..<3000).map { $0 * 9 })
    }

    /// The stream's results fill its window, and all workers wait for room, while its loop wants a map.
    @Test func aMapFindsAWorkerAlthoughAllWaitForRoomOfAStream() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 4)
        var seen = 0
        for result in pool.stream(0..<64, LengthyText(bytes: 100_000), window: 1 << 20) {
            #expect(try result.get().utf8.count == 100_000)
            if seen % 8 == 0 { #expect(Array(try pool.map([1, 2, 3], Triple())) == [3, 6, 9]) }
            seen += 1
        }
        #expect(seen == 64)
    }

    @Test func aSlowMapDoesNotHoldUpOthers() throws {
        let pool = try WorkerPool(workers: 2)
        let slow = OtherThread { #expect((try? pool.map([1_000_000], Sleeping())) != nil) }
        usleep(50_000)
        let start = Instant.now
        for _ in 0..<100 { #expect(Array(try pool.map([1], Triple())) == [3]) }
        #expect(Instant.now - start < .milliseconds(900), "they waited for the slow one")
        slow.join()
    }

    /// A long map has many chunks out when a short one comes.
    @Test func aLongMapMakesWay() throws {
        let pool = try WorkerPool(workers: 1, chunkSize: 1)
        let long = OtherThread { #expect((try? pool.map(Array(repeating: 20_000, count: 50), Sleeping())) != nil) }
        usleep(100_000)
        let start = Instant.now
        #expect(Array(try pool.map([5], Triple())) == [15])
        #expect(Instant.now - start < .milliseconds(500), "it waited for more than its share")
        long.join()
    }

    @Test func cancellingOneStreamLeavesOthersAlone() throws {
        let pool = try WorkerPool(workers: 2)
        let map = OtherThread {
            for _ in 0..<50 {
                #expect((try? pool.map(0..<2000, Triple()))?.last == 1999 * 3)
            }
        }
        for length in 0..<50 {
            for result in pool.stream(0..., Triple()).prefix(length * 10) { _ = try result.get() }
        }
        map.join()
        #expect(pool.statistics.failed == 0 && pool.statistics.rescues == 0)
    }

    @Test func cancellingEndsAllThatRun() throws {
        let pool = try WorkerPool(workers: 2)
        let maps = (0..<4).map { _ in
            OtherThread {
                let error = #expect(throws: PoolError.self) { try pool.map([10_000_000, 10_000_000], Sleeping()) }
                #expect(error?.code == .cancelled)
            }
        }
        usleep(100_000)
        pool.cancel()
        for map in maps { map.join() }
        #expect(Array(try pool.map([1], Triple())) == [3])
    }

    @Test func aDeadWorkerCostsOnlyItsOwnRecord() throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        let deaths = OtherThread {
            for _ in 0..<20 {
                let results = try? pool.map([0, 1, 0], DiesAtOne(), onFailure: .collect)
                #expect(results?.failures.map(\.index) == [1])
            }
        }
        for _ in 0..<200 {
            let results = try pool.map(0..<100, Triple(), onFailure: .collect)
            #expect(results.failures.isEmpty)
        }
        deaths.join()
    }

    @Test func shuttingDownWaitsForAllMaps() throws {
        let pool = try WorkerPool(workers: 2)
        let maps = (0..<3).map { _ in
            OtherThread { #expect((try? pool.map([200_000, 200_000], Sleeping())) != nil) }
        }
        usleep(50_000)
        pool.shutDown()
        for map in maps { map.join() }
        let error = #expect(throws: PoolError.self) { try pool.map([1], Triple()) }
        #expect(error?.code == .shutDown)
    }
}

struct LengthyText: ValueFunction {
    let bytes: Int
    func callAsFunction(_ value: Int) -> String { String(repeating: "x", count: bytes) }
}

/// Takes as many microseconds as its value says.
struct Sleeping: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        usleep(UInt32(value))
        return value
    }
}

struct DiesAtOne: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        if value == 1 { _exit(9) }
        return value
    }
}
