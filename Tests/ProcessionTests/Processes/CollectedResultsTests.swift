import OrderedCollections
import Procession
import Testing

/// A map that collects failures: the elements say of every record whether it has a result, and nothing traps.
@Suite struct CollectedResultsTests {
    private let pool: WorkerPool
    private let data = OrderedDictionary(uniqueKeysWithValues: (0..<100).map { ("k\($0)", $0) })

    init() throws { pool = try WorkerPool(workers: 2) }

    @Test func theSubscriptOfAKeyIsItsResultOrItsFailure() throws {
        let results = try pool.map(data, Throwing(), onFailure: .collect)
        #expect(try results["k8"]?.get() == 16)
        let failure = #expect(throws: RecordFailure.self) { try results["k17"]?.get() }
        #expect(failure?.description == "record 17 (key k17): 17 ends in 7")
        #expect(results["nobody"] == nil)
    }

    @Test func elementsKeysAndValuesAgree() throws {
        let results = try pool.map(data, Throwing(), onFailure: .collect)
        #expect(results.count == 100 && !results.isEmpty)
        #expect(results.keys == data.keys)
        #expect(results.values.map { try? $0.get() } == (0..<100).map { $0 % 10 == 7 ? nil : $0 * 2 })
        #expect(results.elements.map(\.key) == Array(data.keys))
        #expect(results.elements[17].value == results["k17"])
        #expect(results.index(forKey: "k17") == 17)
        #expect(results.map { key, result in key }.last == "k99")
        #expect(OrderedDictionary(results)["k17"] == results["k17"])
        #expect(OrderedDictionary(results).keys == data.keys)
    }

    @Test func failuresAndSuccessesShareTheRecordsAmongThem() throws {
        let results = try pool.map(data, Throwing(), onFailure: .collect)
        #expect(results.failures.map(\.index) == stride(from: 7, to: 100, by: 10).map { $0 })
        let successes = OrderedDictionary(uniqueKeysWithValues: results.successes)
        #expect(successes.count == 90)
        #expect(successes.allSatisfy { key, value in key == "k\(value / 2)" })
        let values = try pool.map(Array(0..<100), OddOnly(), onFailure: .collect)
        #expect(values.successes.map(\.index) == stride(from: 1, to: 100, by: 2).map { $0 })
        #expect(values.successes.map(\.value) == stride(from: 1, to: 100, by: 2).map { $0 })
        #expect(values.successes.underestimatedCount == 50)
    }

    @Test(arguments: [[], [0], [99], [0, 1, 2], [97, 98, 99], Array(0..<100)])
    func everyElementIsWhatItsRecordCameTo(failing: [Int]) throws {
        let inputs = (0..<100).map { failing.contains($0) ? $0 * 2 : $0 * 2 + 1 }
        let results = try pool.map(inputs, OddOnly(), onFailure: .collect)
        #expect(results.failures.map(\.index) == failing)
        #expect(results.map { try? $0.get() } == inputs.map { $0 % 2 == 0 ? nil : $0 })
        #expect(results.indices.map { try? results[$0].get() } == results.map { try? $0.get() })
        #expect(results.successes.map(\.index) == (0..<100).filter { !failing.contains($0) })
        #expect(Array(results).count == 100)
    }

    @Test func allResultsOrTheFirstFailure() throws {
        let some = try pool.map(data, Throwing(), onFailure: .collect)
        let failure = #expect(throws: RecordFailure.self) { try some.get() }
        #expect(failure?.index == 7)
        let all = try pool.map(data, DoubleAndText(), onFailure: .collect).get()
        #expect(all["k3"] == Columns(6, "3"))
        #expect(all.columns().0["k99"] == 198)
        #expect(Array(try pool.map([1, 3], OddOnly(), onFailure: .collect).get()) == [1, 3])
        #expect(throws: RecordFailure.self) { try pool.map([1, 2], OddOnly(), onFailure: .collect).get() }
    }

    @Test func whatReadmeShowedGoesOnWorking() throws {
        let results = try pool.map(data, Throwing(), onFailure: .collect)
        #expect(results.result(for: "k17") == results["k17"])
        #expect(results.results() == OrderedDictionary(results))
    }

    @Test func valuesInTheArenaAreCollectedToo() throws {
        let values = try pool.layOut(0..<10)
        #expect(try pool.map(values, OddOnly(), onFailure: .collect).failures.map(\.index) == [0, 2, 4, 6, 8])
        #expect(Array(values) == Array(0..<10))
    }

    /// What ends a map is a `PoolError` by its type: this closure would not compile otherwise.
    @Test func aMapThatCollectsThrowsNothingButAPoolError() throws {
        let collects: (WorkerPool) throws(PoolError) -> CollectedArray<Int> = { (pool) throws(PoolError) in
            try pool.map([1], OddOnly(), onFailure: .collect)
        }
        pool.shutDown()
        let error = #expect(throws: PoolError.self) { try collects(pool) }
        #expect(error?.code == .shutDown)
    }
}

struct OddOnly: ValueFunction {
    func callAsFunction(_ value: Int) throws -> Int {
        guard value % 2 == 1 else { throw Throwing.Refusal(description: "\(value) is even") }
        return value
    }
}
