import Glibc
import OrderedCollections
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// Contexts that workers build once, and keep.
@Suite struct ContextTests {
    /// A result is how often its worker has built a context for this function, and how many records it has had since.
    @Test func eachWorkerBuildsItOnceForManyMaps() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 10)
        var served: [Int: Int] = [:]
        for _ in 0..<20 {
            for seen in try pool.map(Array(repeating: 200, count: 100), Counts(unit: 1)) {
                #expect(seen.0 == 1, "built more than once")
                served[seen.2, default: 0] += 1
                #expect(seen.1 <= 2000)
            }
        }
        #expect(served.count == 2 && served.values.reduce(0, +) == 2000)
        // The last of each worker's has seen all of them.
        let last = try pool.map(Array(repeating: 200, count: 100), Counts(unit: 1)).max { $0.1 < $1.1 }
        let seen = try #require(last)
        #expect(try seen.1 > #require(served[seen.2]))
    }

    @Test func functionsOfAnotherStateHaveAnotherContext() throws {
        let pool = try WorkerPool(workers: 1, chunkSize: 2)
        for round in 1...3 {
            for unit in 1...8 {
                let seen = try pool.map([0, 0], Counts(unit: unit))
                #expect(
                    seen.map { $0.1 } == [(2 * round - 1) * unit, 2 * round * unit]
                        && seen.allSatisfy { $0.0 == (round == 1 ? unit : 8) })
            }
        }
        // Nine are one too many: the oldest goes.
        _ = try pool.map([0], Counts(unit: 9))
        #expect(try pool.map([0], Counts(unit: 2))[0].1 == 14, "it was kept")
        #expect(try pool.map([0], Counts(unit: 1))[0].1 == 1, "it was built again")
    }

    @Test func keysStreamsAndCallsHaveItToo() async throws {
        let pool = try WorkerPool(workers: 1, chunkSize: 2)
        let records: OrderedDictionary = ["a": 1, "b": 2]
        #expect(try mapped(records, pool) == ["a": "a1 of 1", "b": "b2 of 2"])
        #expect(pool.stream(records, Joins()).compactMap { try? $0.get() } == ["a1 of 3", "b2 of 4"])
        #expect(try await pool.call(Joins(), key: "c", 3) == "c3 of 5")
        #expect(try await pool.call(Counts(unit: 7), 0).1 == 7)
    }

    private func mapped(
        _ records: OrderedDictionary<String, Int>, _ pool: WorkerPool
    ) throws -> OrderedDictionary<String, String> {
        OrderedDictionary(try pool.map(records, Joins()))
    }

    @Test func whoTakesThePlaceOfADeadWorkerBuildsAnother() throws {
        let pool = try WorkerPool(workers: 1, retries: 0, chunkSize: 1)
        let results = try pool.map([0, -9, 0, 0], Counts(unit: 1), onFailure: .collect)
        #expect(results.failures.map(\.index) == [1])
        let others = try [0, 2, 3].map { try results[$0].get() }
        // Who maps what before the death and who behind it is not known; but no worker did all three.
        #expect(others.allSatisfy { $0.0 == 1 && $0.1 < 3 } && Set(others.map { $0.2 }).count == 2)
    }

    @Test func aContextThatCannotBeBuiltFailsTheRecordsAndIsTriedAgain() throws {
        let pool = try WorkerPool(workers: 1, chunkSize: 2)
        let results = try pool.map(0..<4, Fails(), onFailure: .collect)
        #expect(results.failures.map(\.index) == [0, 1, 2, 3])
        #expect(results.failures.allSatisfy { $0.cause.message == "its context cannot be built: no model" })
        #expect(results.failures.allSatisfy { $0.attempts == 1 } && pool.statistics.workersReplaced == 0)
    }

    @Test func itGoesWhenItsWorkerLeaves() throws {
        let path = "/tmp/procession-tests-\(RandomSeed.random64())"
        let pool = try WorkerPool(workers: 2)
        // Safe: the path lives during the calls.
        defer { unsafe unlink(path) }
        _ = try pool.map(Array(repeating: 1_000, count: 50), Says(path: InlineText(truncating: path)))
        #expect(!exists(path))
        pool.shutDown()
        #expect(exists(path), "its deinit was run")
    }

    @Test func outsideOfAWorkerAFunctionBuildsItsOwn() throws {
        #expect(try Counts(unit: 5)(0).1 == 5)
        #expect(try Joins()(key: "a", value: 1) == "a1 of 1")
    }
}

/// Contexts built by the process, sum of units in this one, and the process; takes as many microseconds as its value.
struct Counts: ContextFunction {
    let unit: Int

    nonisolated(unsafe) private static var builds = 0

    func makeContext() -> Int {
        unsafe Self.builds += 1
        return 0
    }

    func callAsFunction(_ value: Int, context: inout Int) -> Columns<Int, Int, Int> {
        if value < 0 { _exit(Int32(-value)) }
        if value > 0 { usleep(UInt32(value)) }
        context += unit
        return Columns(unsafe Self.builds, context, Int(getpid()))
    }
}

struct Joins: KeyedContextFunction {
    func makeContext() -> [String] { [] }
    func callAsFunction(key: String, value: Int, context: inout [String]) -> String {
        context.append(key)
        return "\(key)\(value) of \(context.count)"
    }
}

struct Fails: ContextFunction {
    struct NoModel: Error, CustomStringConvertible { let description = "no model" }
    func makeContext() throws -> Int { throw NoModel() }
    func callAsFunction(_ value: Int, context: inout Int) -> Int { value }
}

/// Makes a file when its context goes.
struct Says: ContextFunction {
    let path: InlineText<63>

    final class Leaver {
        let path: String
        init(_ path: String) { self.path = path }
        deinit { _ = try? File.open(path, O_WRONLY | O_CREAT) }
    }

    func makeContext() -> Leaver { Leaver(path.description) }
    func callAsFunction(_ value: Int, context: inout Leaver) -> Int { Sleeping()(value) }
}

private func exists(_ path: String) -> Bool { (try? File.open(path, O_RDONLY)) != nil }
