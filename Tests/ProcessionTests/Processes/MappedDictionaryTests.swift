import OrderedCollections
import Procession
import Testing

/// Results of a map over a dictionary, read by key and by position.
@Suite struct MappedDictionaryTests {
    private let pool: WorkerPool

    init() throws { pool = try WorkerPool(workers: 2) }

    @Test func aSubscriptTakesAKeyAndNothingElse() throws {
        let data: OrderedDictionary = [30: 1, 10: 2, 20: 3]
        let results = try pool.map(data, EchoKey<Int>())
        // Neither is mistaken for the other where the keys are numbers too.
        #expect(results[10] == Columns(10, 2))
        #expect(results[0] == nil)
        #expect(results.elements[0].key == 30)
        #expect(results.elements[0].value == Columns(30, 1))
    }

    @Test func elementsAreACollectionOfPairsInTheOrderOfTheInput() throws {
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<100).map { ("k\($0)", $0) })
        let elements = try pool.map(data, DoubleAndText()).elements
        #expect(elements.count == 100 && elements.startIndex == 0 && elements.endIndex == 100)
        #expect(elements.map(\.key) == Array(data.keys))
        #expect(elements.last?.value == Columns(198, "99"))
        #expect(elements[97...].map(\.key) == ["k97", "k98", "k99"])
        #expect(elements.reversed().first?.key == "k99")
    }

    @Test func keysValuesAndPairsAgree() throws {
        let data: OrderedDictionary = ["c": 3, "a": 1, "b": 2]
        let results = try pool.map(data, Double2())
        #expect(results.count == 3 && !results.isEmpty)
        #expect(results.keys == ["c", "a", "b"])
        #expect(Array(results.values) == [6, 2, 4])
        #expect(results.map { "\($0)\($1)" } == ["c6", "a2", "b4"])
        #expect(results.index(forKey: "b") == 2 && results.index(forKey: "z") == nil)
        #expect(results.elements[results.index(forKey: "b")!].value == results["b"])
        #expect(OrderedDictionary(results) == ["c": 6, "a": 2, "b": 4])
    }

    @Test func noRecordsAreNoResults() throws {
        let results = try pool.map([:] as OrderedDictionary<String, Int>, Double2())
        #expect(results.isEmpty && results.count == 0 && results.elements.isEmpty)
        #expect(results["a"] == nil)
        #expect(OrderedDictionary(results).isEmpty)
    }

    @Test func aPositionThatIsOutOfRangeTraps() async {
        await #expect(processExitsWith: .failure) {
            let results = try WorkerPool(workers: 1).map(["a": 1] as OrderedDictionary, Double2())
            _ = results.elements[1]
        }
    }
}
