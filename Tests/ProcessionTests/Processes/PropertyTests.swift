import OrderedCollections
import Procession
import TestSupport
import Testing

/// A function of everything it is given, so that any mix-up shows; some records fail, on their own or with their
/// worker.
struct Mixed: WorkerFunction {
    var salt: UInt64
    var dies: Bool

    struct Odd: Error, CustomStringConvertible { var description: String }

    func callAsFunction(key: String, value: [Int]) throws -> Columns<Int, String, [Int]?> {
        let sum = value.reduce(Int(truncatingIfNeeded: salt)) { $0 &* 31 &+ $1 }
        if sum % 50 == 7 { throw Odd(description: "\(key): \(sum)") }
        if dies, sum % 400 == 11 { kill(getpid(), SIGKILL) }
        return Columns(sum, key + String(repeating: "·", count: abs(sum % 40)), sum % 3 == 0 ? nil : value.reversed())
    }
}

internal import Glibc

@Suite struct PropertyTests {
    @Test func equalsAPlainSerialMapWhateverTheSizesAndFailures() throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        for round in 0..<20 {
            let pool = try WorkerPool(
                workers: Int.random(in: 1...4, using: &random), retries: 1,
                chunkSize: Bool.random(using: &random) ? nil : Int.random(in: 1...50, using: &random))
            let data = OrderedDictionary(
                uniqueKeysWithValues: (0..<Int.random(in: 0...1500, using: &random)).map { index in
                    (
                        "key \(index)",
                        (0..<Int.random(in: 0...6, using: &random)).map { _ in Int.random(in: 0...999, using: &random) }
                    )
                })
            let function = Mixed(salt: random.next() >> 40, dies: false)
            let deadly = Mixed(salt: function.salt, dies: true)
            let results = try pool.map(data, deadly, onFailure: .collect)
            #expect(results.count == data.count)
            for (index, (key, value)) in data.enumerated() {
                let sum = value.reduce(Int(truncatingIfNeeded: function.salt)) { $0 &* 31 &+ $1 }
                let expected = Result { try function(key: key, value: value) }
                switch (results.values[index], expected) {
                case (.success(let found), .success(let right)):
                    #expect(found == right, "round \(round) record \(index)")
                case (.failure(let failure), .failure(let error)):
                    #expect(failure.cause.message == "\(error)" && failure.key == key)
                case (.failure(let failure), .success):
                    #expect(failure.cause.signal == SIGKILL && sum % 400 == 11, "\(failure)")
                case (.success, .failure): Issue.record("round \(round) record \(index) should have failed")
                }
            }
            #expect(pool.statistics.rescues == 0 && pool.statistics.damaged == 0)
        }
    }
}
