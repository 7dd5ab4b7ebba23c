import OrderedCollections
import Procession
import Testing

// The three examples of the problem as it was written down, in Swift.

struct Double2: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> Int { value * 2 }
}

struct DoubleAndText: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> Columns<Int, String> { Columns(value * 2, String(value)) }
}

struct DoubleAll: WorkerFunction {
    func callAsFunction(key: String, value: OrderedDictionary<String, Int>) -> OrderedDictionary<String, Int> {
        value.mapValues { $0 * 2 }
    }
}

@Suite struct SeedTests {
    @Test func exampleOneDoublesEveryValueInOrder() throws {
        let data: OrderedDictionary = ["a": 1, "b": 2, "c": 3]
        let pool = try WorkerPool(workers: 3)
        let processed = OrderedDictionary(try pool.map(data, Double2()))
        #expect(processed == ["a": 2, "b": 4, "c": 6])
    }

    @Test func exampleTwoReturnsTwoValuesPerRecordAndTwoDictionaries() throws {
        let data: OrderedDictionary = ["a": 1, "b": 2, "c": 3]
        let pool = try WorkerPool(workers: 3)
        let (processed, transformed) = try pool.map(data, DoubleAndText()).columns()
        #expect(processed == ["a": 2, "b": 4, "c": 6])
        #expect(transformed == ["a": "1", "b": "2", "c": "3"])
    }

    @Test func exampleThreeMapsNestedOrderedDictionaries() throws {
        let data: OrderedDictionary<String, OrderedDictionary<String, Int>> = [
            "a": ["x": 1, "y": 2], "b": ["x": 3, "y": 4], "c": ["x": 5, "y": 6],
        ]
        let pool = try WorkerPool(workers: 3)
        let processed = OrderedDictionary(try pool.map(data, DoubleAll()))
        #expect(processed == ["a": ["x": 2, "y": 4], "b": ["x": 6, "y": 8], "c": ["x": 10, "y": 12]])
        #expect(processed.values.allSatisfy { Array($0.keys) == ["x", "y"] })
    }
}
