import Glibc
import OrderedCollections
import Testing

@testable import Procession

/// Random numbers that depend on the seed and the record's index alone.
@Suite struct SeededFunctionTests {
    private let right = (0..<200).map { index in
        var random = RecordRandom(seed: 11, index: index)
        return (0..<3).map { _ in random.next() }
    }

    @Test(arguments: [1, 2, 5], [1, 7, 200]) func workersAndChunksChangeNothing(_ workers: Int, _ chunk: Int) throws {
        let pool = try WorkerPool(workers: workers, chunkSize: chunk)
        let values = Array(repeating: 3, count: 200)
        #expect(try Array(pool.map(values, Draws(seed: 11))) == right)
        #expect(pool.stream(values, Draws(seed: 11)).compactMap { try? $0.get() } == right)
        #expect(try Array(pool.map(values, Draws(seed: 12)))[0] != right[0])
    }

    @Test func aRecordThatIsTriedAgainDrawsTheSame() throws {
        let pool = try WorkerPool(workers: 2, retries: 3, chunkSize: 10)
        let values = (0..<200).map { $0 % 50 == 7 ? -3 : 3 }
        let results = try pool.map(values, Draws(seed: 11), onFailure: .collect)
        #expect(results.failures.map(\.index) == [7, 57, 107, 157])
        for index in values.indices where values[index] > 0 { #expect(try results[index].get() == right[index]) }
    }

    @Test func keysHaveThemToo() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 3)
        let records = OrderedDictionary(uniqueKeysWithValues: (0..<200).map { ("key \($0)", $0) })
        let results = try pool.map(records, KeyedDraws(seed: 11))
        for (index, key) in records.keys.enumerated() { #expect(results[key] == "\(key) \(right[index][0])") }
    }

    @Test func aSingleCallDrawsWhatTheFirstRecordDoes() async throws {
        let pool = try WorkerPool(workers: 1)
        try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<100 { group.addTask { try await pool.call(Draws(seed: 11), 3) } }
            for try await draws in group { #expect(draws == right[0]) }
        }
        #expect(try await pool.call(KeyedDraws(seed: 11), key: "a", 1) == "a \(right[0][0])")
        #expect(try Draws(seed: 11)(3) == right[0])
    }

    /// Values that the authors' own program in C gives for the state 1, 2, 3, 4 (xoshiro256starstar.c).
    @Test func itIsXoshiro() {
        var random = RecordRandom(state: (1, 2, 3, 4))
        #expect((0..<5).map { _ in random.next() } == [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360])
    }

    @Test func seedsAndRecordsThatLieCloseShareNothing() {
        var seen: Set<UInt64> = []
        for seed in 0..<UInt64(50) {
            for index in 0..<50 {
                var random = RecordRandom(seed: seed, index: index)
                for _ in 0..<4 { #expect(seen.insert(random.next()).inserted) }
            }
        }
    }
}

struct Draws: SeededFunction {
    var seed: UInt64
    func callAsFunction(_ count: Int, using random: inout RecordRandom) throws -> [UInt64] {
        if count < 0 { exit(3) }
        return (0..<count).map { _ in random.next() }
    }
}

struct KeyedDraws: KeyedSeededFunction {
    var seed: UInt64
    func callAsFunction(key: String, value: Int, using random: inout RecordRandom) -> String {
        "\(key) \(random.next())"
    }
}
