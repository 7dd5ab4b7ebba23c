import OrderedCollections
import Testing

@testable import Procession

/// Values that lie in a pool's memory once, and are captured as a place.
@Suite struct SharedValueTests {
    @Test func anArrayIsReadWhereItLies() throws {
        let pool = try WorkerPool(workers: 2)
        let weights = try pool.share([0.5, 2, 8])
        #expect(try Array(pool.map([0, 1, 2], Weighted(by: weights))) == [0.5, 2.5, 10.5])
        #expect(weights.value == [0.5, 2, 8] && weights.count == 3 && weights[1] == 2)
        #expect(weights.withSpan { $0[2] } == 8)
    }

    @Test func aTableIsLookedUpWhereItLies() throws {
        let pool = try WorkerPool(workers: 2)
        let names = (0..<1000).map { "a name that is longer than a slot, \($0 &* 7919 % 1000)" }
        let table = try pool.share(OrderedDictionary(uniqueKeysWithValues: zip(names, 0...)))
        let other = try pool.share(Dictionary(uniqueKeysWithValues: names.map { ($0, [$0]) }))
        let found = try pool.map(names + ["no such name", ""], Finds(table: table, other: other))
        for (index, name) in names.enumerated() { #expect(found[index].values == (index, [name])) }
        #expect(found[1000].values == (nil, nil) && found[1001].values == (nil, nil))
        #expect(table[names[17]] == 17 && table["no such name"] == nil)
        #expect(try pool.share(OrderedDictionary<String, Int>())["a"] == nil)
    }

    @Test(arguments: [0, 1, 3]) func anyValueIsCopiedOut(_ count: Int) throws {
        let pool = try WorkerPool(workers: 1)
        let texts = (0..<count).map { String(repeating: "é", count: 10 * $0) }
        let shared = try pool.share(Columns(texts, "the name", Int128.max))
        #expect(try Array(pool.map([0], Copies(shared: shared))) == [texts.joined() + "the name"])
        let vectors = try pool.share((0..<count).map { SIMD16<Float>(repeating: Float($0)) })
        #expect(vectors.withSpan { $0.count } == count)
        for index in 0..<count {
            #expect(vectors.withSpan { $0[index] }[3] == Float(index) && vectors[index][0] == Float(index))
        }
    }

    @Test func streamsCallsAndAwaitedMapsReadItToo() async throws {
        let pool = try WorkerPool(workers: 1)
        let function = Weighted(by: try pool.share([0.5, 2, 8]))
        #expect(pool.stream([0, 1], function).compactMap { try? $0.get() } == [0.5, 2.5])
        #expect(try await pool.call(function, 2) == 10.5)
        #expect(try await Array(pool.map([2], function)) == [10.5])
        var streamed: [Double] = []
        for try await result in pool.stream(values(0..<3), function) { streamed.append(result) }
        #expect(streamed == [0.5, 2.5, 10.5])
    }

    private func values(_ range: Range<Int>) -> AsyncStream<Int> {
        AsyncStream { continuation in
            for value in range { continuation.yield(value) }
            continuation.finish()
        }
    }

    @Test func aMapRefusesWhatItsPoolDoesNotShare() throws {
        let pool = try WorkerPool(workers: 1)
        let other = try WorkerPool(workers: 1)
        let weights = try other.share([1.0])
        for error in [
            try #require(throws: PoolError.self) { try pool.map([0], Weighted(by: weights)) },
            try #require(throws: PoolError.self) { try pool.map([0], Inside(inner: (1, Weighted(by: weights)))) },
        ] {
            #expect(
                error.code == .notShared && error.description.contains("weights is a value that this pool does not"))
        }
        #expect(try Array(other.map([0], Weighted(by: weights))) == [1])
        other.stopSharing(weights)
        other.stopSharing(weights)
        #expect(throws: PoolError.self) { try other.map([0], Weighted(by: weights)) }
        #expect(other.sharedBytesInUse == 0)
    }

    @Test func whereTheMapCannotSeeItTheRecordFails() throws {
        let pool = try WorkerPool(workers: 1, retries: 0)
        let weights = try pool.share([1.0])
        let maybe = Maybe(weights: weights)
        #expect(try Array(pool.map([0], maybe)) == [1])
        pool.stopSharing(weights)
        let failure = try #require(try pool.map([0], maybe, onFailure: .collect).failures.first)
        #expect(failure.cause.lastLine?.contains("not shared any more") == true, "\(failure)")
    }

    /// The memory goes when the stream has ended that was on.
    @Test func aStreamThatIsOnKeepsIt() throws {
        let pool = try WorkerPool(workers: 1, chunkSize: 1)
        let weights = try pool.share(Array(repeating: 1.0, count: 1000))
        let inUse = pool.sharedBytesInUse
        #expect(inUse >= 8000)
        var results: [Double] = []
        for result in pool.stream(Array(repeating: 2, count: 200), Weighted(by: weights), window: 1 << 16) {
            if results.isEmpty {
                pool.stopSharing(weights)
                // What might take its place.
                let others = try pool.layOut(Array(repeating: 5.0, count: 1000))
                #expect(others.count == 1000)
            }
            results.append(try result.get())
        }
        #expect(results == Array(repeating: 3, count: 200))
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func itOutlivesTrimsAndWorkersAndGoesWithThePool() throws {
        let pool = try WorkerPool(workers: 1, recordsPerWorker: 1, chunkSize: 1)
        let weights = try pool.share([0.5, 2, 8])
        pool.trim()
        #expect(try Array(pool.map([0, 1, 2], Weighted(by: weights))) == [0.5, 2.5, 10.5])
        pool.shutDown()
        #expect(pool.sharedBytesInUse == 0)
        #expect(throws: PoolError.self) { try pool.share(1) }
    }

    @Test func whatHoldsAnAddressIsNotShared() throws {
        let pool = try WorkerPool(workers: 1)
        let error = try #require(throws: PoolError.self) { try pool.share([Literal(text: "no")]) }
        #expect(error.code == .holdsAddress && pool.sharedBytesInUse == 0)
    }

    /// A hundred maps with 100 MiB that each of them reads.
    @Test func itTakesItsMemoryOnce() throws {
        let pool = try WorkerPool(workers: 2)
        let count = (100 << 20) / 8
        let table = try pool.share(Array(repeating: 1.0, count: count))
        for round in 0..<100 { #expect(try pool.map([0, count - 1 - round], Entry(table: table)).last == 1) }
        #expect(pool.sharedBytesInUse < 101 << 20)
    }
}

/// The sum of the weights up to and with the one at an index.
struct Weighted: ValueFunction {
    var weights: Shared<[Double]>
    init(by weights: Shared<[Double]>) { self.weights = weights }
    func callAsFunction(_ index: Int) -> Double {
        weights.withSpan { weights in (0...index).reduce(0) { $0 + weights[$1] } }
    }
}

struct Entry: ValueFunction {
    var table: Shared<[Double]>
    func callAsFunction(_ index: Int) -> Double { table[index] }
}

struct Finds: ValueFunction {
    var table: Shared<OrderedDictionary<String, Int>>
    var other: Shared<[String: [String]]>
    func callAsFunction(_ name: String) -> Columns<Int?, [String]?> { Columns(table[name], other[name]) }
}

struct Copies: ValueFunction {
    var shared: Shared<Columns<[String], String, Int128>>
    func callAsFunction(_ value: Int) -> String { shared.value.values.0.joined() + shared.value.values.1 }
}

struct Inside: ValueFunction {
    var inner: (Int, Weighted)
    func callAsFunction(_ index: Int) -> Double { inner.1(index) }
}

struct Maybe: ValueFunction {
    var weights: Shared<[Double]>?
    func callAsFunction(_ index: Int) -> Double { weights?[index] ?? 0 }
}

struct Literal: BitwiseCopyable, SlotValue {
    var text: StaticString
}
