import OrderedCollections
import Procession
import Testing

/// A sequence whose elements come asynchronously, one by one.
struct Slowly<Base: Sequence & Sendable>: AsyncSequence, Sendable {
    var base: Base
    var error: Throwing.Refusal?

    struct Iterator: AsyncIteratorProtocol {
        var base: Base.Iterator
        var error: Throwing.Refusal?
        mutating func next() async throws -> Base.Element? {
            if let element = base.next() { return element }
            if let error { throw error }
            return nil
        }
    }
    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeIterator(), error: error) }
}

/// Both kinds of streams take the same records, and give the same results and failures.
@Suite(.timeLimit(.minutes(5))) struct StreamMannersTests {
    private let pool: WorkerPool

    init() throws { pool = try WorkerPool(workers: 2, retries: 0) }

    /// Every element of a stream as text, in which a failure shows its type.
    private func texts<Output>(_ results: some Sequence<Result<Output, any Error>>) -> [String] {
        results.map(Self.text)
    }

    private func texts<Output>(_ results: some AsyncSequence<Result<Output, any Error>, Never>) async -> [String] {
        var texts: [String] = []
        for await result in results { texts.append(Self.text(result)) }
        return texts
    }

    private static func text<Output>(_ result: Result<Output, any Error>) -> String {
        switch result {
        case .success(let output): "\(output)"
        case .failure(let failure as RecordFailure): "record: \(failure)"
        case .failure(let error as PoolError): "pool: \(error.code.rawValue)"
        case .failure(let error): "other: \(error)"
        }
    }

    @Test func recordsThatFailComeInTheirPlaceAndTheOthersAfterThem() async throws {
        let values = Array(0..<300)
        let expected = texts(pool.stream(values, Fragile()))
        #expect(expected.count == 300 && expected.filter { $0.hasPrefix("record: ") }.count == 6)
        #expect(await texts(pool.stream(Slowly(base: values), Fragile()).results) == expected)
    }

    @Test func pairsWithLabelsAndWithout() async throws {
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<100).map { ("k\($0)", $0) })
        let pairs = data.map { ($0.key, $0.value) }
        let expected = data.map {
            $0.value == 77 ? "record: record 77 (key k77): no" : "\($0.key) has the value \($0.value)"
        }
        #expect(texts(pool.stream(data, KeyedText())) == expected)
        #expect(texts(pool.stream(pairs, KeyedText())) == expected)
        #expect(await texts(pool.stream(Slowly(base: data), KeyedText()).results) == expected)
        #expect(await texts(pool.stream(Slowly(base: pairs), KeyedText()).results) == expected)
    }

    @Test func positionsAreTheKeysOfValues() async throws {
        let expected = (0..<100).map { "(\($0), \($0 + 5))" }
        #expect(texts(pool.stream(5..<105, IndexTimes())) == expected)
        #expect(await texts(pool.stream(Slowly(base: 5..<105), IndexTimes()).results) == expected)
    }

    /// What ends a stream is its last element.
    @Test func aPoolThatIsShutDownEndsBoth() async throws {
        pool.shutDown()
        #expect(texts(pool.stream([1], Triple())) == ["pool: shutDown"])
        #expect(await texts(pool.stream(Slowly(base: [1]), Triple()).results) == ["pool: shutDown"])
    }

    @Test func anErrorOfTheRecordsIsTheLastElement() async throws {
        let records = Slowly(base: [1, 2], error: Throwing.Refusal(description: "the input broke"))
        #expect(await texts(pool.stream(records, Triple()).results) == ["3", "6", "other: the input broke"])
    }

    @Test func aCancelledTaskIsTheLastElement() async throws {
        let (records, source) = AsyncStream.makeStream(of: Int.self)
        let stream = pool.stream(records, Triple()).results
        let texts = Task { await self.texts(stream) }
        source.yield(1)
        try await Task.sleep(for: .milliseconds(20))
        texts.cancel()
        #expect(await texts.value.last == "other: \(CancellationError())")
    }

    @Test func bothAreReadAgainFromTheBeginningWhenTheyAreIteratedAgain() async throws {
        let stream = pool.stream(1...3, Triple())
        #expect(texts(stream) == texts(stream))
        let other = pool.stream(Slowly(base: 1...3), Triple())
        #expect(await texts(other.results) == ["3", "6", "9"])
        var sum = 0
        for try await result in other { sum += result }
        #expect(sum == 18)
    }
}
