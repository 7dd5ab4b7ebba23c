import OrderedCollections
import Procession
import Testing

/// Dictionaries of results: four columns and more, each of a size of its own, come apart.
@Suite struct ColumnsTests {
    private let data: OrderedDictionary = ["p": 1, "q": 2]
    private let pool: WorkerPool

    init() throws { pool = try WorkerPool(workers: 1) }

    @Test func resultsComeWithTheirKeysOrWithTheReason() throws {
        let data: OrderedDictionary = ["a": 1, "b": 77, "c": 3]
        let results = try pool.map(data, KeyedText(), onFailure: .collect).results()
        #expect(results.keys == ["a", "b", "c"])
        #expect(results.values.map { try? $0.get() } == ["a has the value 1", nil, "c has the value 3"])
    }

    @Test func areReachedAsATuplesElementsAre() throws {
        let results = try pool.map(data, Five())
        #expect(results["q"]!.1 == 20 && results["q"]!.4 == "q2")
        #expect(results.values.map(\.3) == [0.5, 1])
        var columns = results.values[0]
        columns.4 += "!"
        columns.1 -= 3
        #expect(columns.4 == "p1!" && columns.1 == 7)
    }

    @Test func areHashable() throws {
        let all = Set([Columns(1, "a"), Columns(1, "b"), Columns(2, "a"), Columns(1, "a")])
        #expect(all.count == 3 && all.contains(Columns(2, "a")) && !all.contains(Columns(2, "b")))
        #expect(Set((0..<500).map { Columns($0 / 20, $0 % 20).hashValue }).count > 490)
        let keyed: OrderedDictionary = [Columns(1, "a"): 1, Columns(2, "b"): 2]
        let results = try pool.map(keyed, EchoKey<Columns<Int, String>>())
        #expect(results[Columns(2, "b")]?.1 == 2 && results.map { $0.value.0 } == Array(keyed.keys))
    }

    @Test func four() throws {
        let columns = try pool.map(data, Four()).columns()
        #expect(columns.0 == ["p": 1, "q": 2] && columns.1 == ["p": 10, "q": 20])
        #expect(columns.2 == ["p": true, "q": false] && columns.3 == ["p": 0.5, "q": 1])
    }

    @Test func five() throws {
        let columns = try pool.map(data, Five()).columns()
        #expect(columns.0 == ["p": 1, "q": 2] && columns.1 == ["p": 10, "q": 20])
        #expect(columns.2 == ["p": true, "q": false] && columns.3 == ["p": 0.5, "q": 1])
        #expect(columns.4 == ["p": "p1", "q": "q2"])
    }

    @Test func six() throws {
        let columns = try pool.map(data, Six()).columns()
        #expect(columns.0 == ["p": 1, "q": 2] && columns.1 == ["p": 10, "q": 20])
        #expect(columns.2 == ["p": true, "q": false] && columns.3 == ["p": 0.5, "q": 1])
        #expect(columns.4 == ["p": "p1", "q": "q2"] && columns.5 == ["p": -1, "q": -2])
    }

    @Test func eight() throws {
        let columns = try pool.map(data, Eight()).columns()
        #expect(columns.0 == ["p": 1, "q": 2] && columns.1 == ["p": 10, "q": 20])
        #expect(columns.2 == ["p": true, "q": false] && columns.3 == ["p": 0.5, "q": 1])
        #expect(columns.4 == ["p": "p1", "q": "q2"] && columns.5 == ["p": -1, "q": -2])
        #expect(columns.6 == ["p": [1], "q": [2, 2]] && columns.7 == ["p": 7, "q": 14])
    }

    /// As many as are written out, and one more.
    @Test func twelveAndThirteen() throws {
        let twelve = try pool.map(data, Twelve()).columns()
        #expect(twelve.0 == ["p": 1, "q": 2] && twelve.10 == ["p": 11, "q": 12] && twelve.11 == ["p": "p", "q": "q"])
        let thirteen = try pool.map(data, Thirteen()).columns()
        #expect(
            thirteen.0 == ["p": 1, "q": 2] && thirteen.10 == ["p": 11, "q": 12] && thirteen.11 == ["p": "p", "q": "q"])
        #expect(thirteen.12 == ["p": true, "q": false])
    }
}

struct Four: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> Columns<Int8, Int, Bool, Double> {
        Columns(Int8(value), value * 10, value == 1, Double(value) / 2)
    }
}

struct Five: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> Columns<Int8, Int, Bool, Double, String> {
        Columns(Int8(value), value * 10, value == 1, Double(value) / 2, "\(key)\(value)")
    }
}

struct Six: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> Columns<Int8, Int, Bool, Double, String, Int16> {
        Columns(Int8(value), value * 10, value == 1, Double(value) / 2, "\(key)\(value)", Int16(-value))
    }
}

struct Eight: WorkerFunction {
    func callAsFunction(key: String, value: Int) -> Columns<Int8, Int, Bool, Double, String, Int16, [Int], UInt32> {
        Columns(
            Int8(value), value * 10, value == 1, Double(value) / 2, "\(key)\(value)", Int16(-value),
            Array(repeating: value, count: value), UInt32(value * 7))
    }
}

struct Twelve: WorkerFunction {
    func callAsFunction(
        key: String, value: Int
    ) -> Columns<Int8, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int16, String> {
        let v = value
        return Columns(Int8(v), v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, v + 8, v + 9, Int16(v + 10), key)
    }
}

struct Thirteen: WorkerFunction {
    func callAsFunction(
        key: String, value: Int
    ) -> Columns<Int8, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int16, String, Bool> {
        let v = value
        return Columns(
            Int8(v), v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, v + 8, v + 9, Int16(v + 10), key, v == 1)
    }
}
