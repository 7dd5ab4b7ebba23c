import Glibc
import OrderedCollections
import Procession
import ProcessionSystem
import TestSupport
import Testing

/// Takes longest for the first records, so that later ones are done before them.
struct SlowAtFirst: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        if value < 8 { usleep(UInt32(8 - value) * 5000) }
        return value * 3
    }
}

struct Triple: ValueFunction { func callAsFunction(_ value: Int) -> Int { value * 3 } }

struct IndexTimes: WorkerFunction {
    func callAsFunction(key: Int, value: Int) -> Columns<Int, Int> { Columns(key, value) }
}

/// When a record was mapped, in nanoseconds.
struct TimeOfMapping: ValueFunction {
    func callAsFunction(_ value: Int) -> UInt64 { Instant.now.nanoseconds }
}

/// Never ends for the first record.
struct StuckAtFirst: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        while value == 0 { sleep(1) }
        return value
    }
}

@Suite struct OrderTests {
    @Test(arguments: [1, 2, 8])
    func keepsInputOrderWhenWorkersFinishOutOfOrder(workers: Int) throws {
        let pool = try WorkerPool(workers: workers, chunkSize: 1)
        #expect(Array(try pool.map(Array(0..<200), SlowAtFirst())) == (0..<200).map { $0 * 3 })
    }

    @Test func keepsInputOrderWithManyMoreChunksThanPlaces() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 1)
        let count = 20_000  // 64 places
        #expect(Array(try pool.map(Array(0..<count), Triple())) == (0..<count).map { $0 * 3 })
    }

    /// Where the expensive records are in input that is sorted by size.
    @Test func theEndIsBegunBeforeTheBeginning() throws {
        let pool = try WorkerPool(workers: 1, chunkSize: 10)
        let times = Array(try pool.map(Array(0..<100), TimeOfMapping()))
        #expect(times[90] < times[0])
        #expect(times[..<90].elementsEqual(times[..<90].sorted()))
        #expect(times[90...].elementsEqual(times[90...].sorted()))
    }

    @Test func manyChunksBehindASlowOneAreLetGoOnASmallStack() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 1)
        let caller = OtherThread {
            let error = #expect(throws: PoolError.self) { try pool.map(Array(0..<50_000), StuckAtFirst()) }
            #expect(error?.code == .cancelled)
        }
        while pool.statistics.published < 40_000 { usleep(1000) }
        pool.cancel()
        caller.join()
        #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
    }

    @Test(arguments: [0, 1, 2, 63, 64, 65, 1000])
    func mapsExactlyAsManyRecordsAsThereAre(count: Int) throws {
        let pool = try WorkerPool(workers: 2)
        #expect(Array(try pool.map(Array(0..<count), Triple())) == (0..<count).map { $0 * 3 })
    }

    /// Chunks are laid out at the end and at the beginning in turn, and their texts one after another.
    @Test(arguments: [1, 70, 10_000])
    func textsLongerThanTheirSlotsKeepToTheirRecordsInChunksOf(chunkSize: Int) throws {
        let pool = try WorkerPool(workers: 3, chunkSize: chunkSize)
        let texts = (0..<5000).map { "a text that is longer than its slot, \($0)" }
        #expect(Array(try pool.map(texts, Echo<String>())) == texts)
        let data = OrderedDictionary(uniqueKeysWithValues: zip(texts, texts.indices))
        for (key, result) in try pool.map(data, EchoKey<String>()) {
            #expect(result.values == (key, data[key]!))
        }
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func theKeysOfACollectionAreItsPositions() throws {
        let pool = try WorkerPool(workers: 2)
        let results = try pool.map(stride(from: 10, to: 5000, by: 10).map { $0 }, IndexTimes())
        for (index, result) in results.enumerated() { #expect(result.values == (index, (index + 1) * 10)) }
    }

    @Test func integerKeysOfADictionaryAreNotMistakenForPositions() throws {
        let pool = try WorkerPool(workers: 2)
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<1000).map { ($0 * 7 + 5, $0) })
        for (key, result) in try pool.map(data, IndexTimes()) { #expect(result.values == (key, (key - 5) / 7)) }
    }

    @Test func anyCollectionWillDo() throws {
        let pool = try WorkerPool(workers: 2)
        #expect(Array(try pool.map(0..<100, Triple())) == (0..<100).map { $0 * 3 })
        #expect(Array(try pool.map([3, 1, 2].reversed(), Triple())) == [6, 3, 9])
        #expect(Array(try pool.map(Set([4]), Triple())) == [12])
    }
}
