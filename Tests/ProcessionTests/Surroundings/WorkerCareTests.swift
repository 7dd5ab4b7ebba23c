import Glibc
import OrderedCollections
import Procession
import ProcessionSystem
import TestSupport
import Testing

/// Adds a byte to a file, and tells which process it is in.
struct SignedAttempt: WorkerFunction {
    func callAsFunction(key: String, value: Int) throws -> Columns<Int, Int> {
        let file = try File.open(key.split(separator: " ").first.map(String.init)!, O_WRONLY | O_CREAT | O_APPEND)
        try File.write(file.number, text: "x")
        return Columns(value * 2, Int(getpid()))
    }
}

/// Keeps a megabyte of each record, and 200 of one, at which it sticks.
struct Hoarder: ValueFunction {
    var worst: Int
    // Safe: a worker maps one record at a time.
    nonisolated(unsafe) static var hoard: [[UInt8]] = []

    func callAsFunction(_ value: Int) -> Int {
        unsafe Self.hoard.append([UInt8](repeating: 1, count: value == worst ? 200 << 20 : 1 << 20))
        usleep(value == worst ? 10_000_000 : 2000)
        return value * 2
    }
}

/// Workers that are replaced before what their function leaks does harm.
@Suite(.serialized) struct WorkerCareTests {
    @Test(arguments: [(1, 60), (3, 100), (100, 2000)], [nil, 50])
    func noWorkerMapsMoreRecordsThanItMayAndNoneIsMappedTwice(each: (most: Int, of: Int), chunkSize: Int?) throws {
        let path = "/tmp/procession-care-\(RandomSeed.random64())"
        defer { unsafe unlink(path) }
        let pool = try WorkerPool(workers: 2, recordsPerWorker: each.most, chunkSize: chunkSize)
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<each.of).map { ("\(path) \($0)", $0) })
        var records: [Int: Int] = [:]
        for _ in 0..<2 {
            let results = try pool.map(data, SignedAttempt())
            for index in 0..<each.of {
                let (value, process) = results.elements[index].value.values
                #expect(value == index * 2)
                records[process, default: 0] += 1
            }
        }
        #expect(records.values.allSatisfy { $0 <= each.most }, "\(records)")
        #expect(try File.contents(of: path).count == 2 * each.of)
        #expect(pool.statistics.workersReplaced == 0 && pool.statistics.retried == 0)
        #expect(pool.statistics.workersRetired >= records.count - 2)
    }

    @Test func aStreamGoesOnWithOtherWorkers() throws {
        let pool = try WorkerPool(workers: 2, recordsPerWorker: 50)
        let results = Array(pool.stream(0..<5000, Throws(below: 0, above: 5000)))
        #expect(results.map { try? $0.get() } == (0..<5000).map { $0 * 2 })
        #expect(pool.statistics.workersRetired >= 98 && pool.statistics.workersReplaced == 0)
    }

    @Test func aRecordThatTakesTooMuchMemoryCostsItselfAndNothingElse() throws {
        let pool = try WorkerPool(workers: 2, memoryLimit: 64 << 20)
        let results = try pool.map(Array(0..<100), Hoarder(worst: 50), onFailure: .collect)
        let failure = try #require(results.failures.first)
        #expect(results.failures.count == 1 && failure.index == 50 && failure.attempts == 2)
        #expect(failure.cause.memoryLimit == 64 << 20)
        #expect("\(failure)" == "record 50 (key 50): more than 64.0 MiB of memory taken, worker killed, tried 2 times")
        for index in 0..<100 where index != 50 { #expect(try results[index].get() == index * 2) }
    }

    @Test func aFunctionThatLeaksIsGivenNewWorkersAndLosesNothing() throws {
        let pool = try WorkerPool(workers: 1, memoryLimit: 64 << 20)
        let results = try pool.map(Array(0..<300), Hoarder(worst: -1))
        #expect(Array(results) == (0..<300).map { $0 * 2 })
        #expect(pool.statistics.workersReplaced >= 2)
    }
}
