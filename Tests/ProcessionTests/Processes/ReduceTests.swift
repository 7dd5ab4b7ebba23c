import Glibc
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// Results that are combined to one, in order.
@Suite struct ReduceTests {
    @Test(arguments: [0, 1, 2, 1023, 1024, 1025, 5000, 1_100_000]) func everyValueCountsOnceAndInOrder(count: Int)
        throws
    {
        let pool = try WorkerPool(workers: 2)
        let expected = count == 0 ? nil : Stretch(first: 0, last: count - 1, isWhole: true)
        #expect(try pool.reduce(0..<count, Stretches()) == expected)
        #expect(try pool.reduce(Array(0..<count), Stretches()) == expected)
        #expect(try pool.reduce(pool.layOut(0..<count), Stretches()) == expected)
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func textsAreCombined() async throws {
        let pool = try WorkerPool(workers: 2)
        let words = (0..<3000).map { "\($0)" }
        #expect(try await pool.reduce(words, Joined()) == words.joined())
    }

    /// The sum depends on the order in which numbers are added, and so must not depend on who adds them.
    @Test func sumsAreTheSameBitByBit() throws {
        var random = SplitMix(seed: printedSeed())
        let values = (0..<300_000).map { _ in Double.random(in: -1e6...1e6, using: &random) }
        var sums: Set<UInt64> = []
        var deaths = 0
        for (workers, chunkSize) in [(1, nil), (2, nil), (4, 1), (3, 7)] as [(Int, Int?)] {
            let pool = try WorkerPool(workers: workers, retries: 50, chunkSize: chunkSize)
            for _ in 0..<3 { sums.insert(try #require(try pool.reduce(values, DyingSum())).bitPattern) }
            sums.insert(try #require(try pool.reduce(values, Sum())).bitPattern)
            deaths += pool.statistics.workersReplaced
        }
        #expect(sums.count == 1 && deaths > 0)
    }

    @Test func aValueThatFailsIsFoundByItsBlock() throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        let thrown = #expect(throws: RecordFailure.self) {
            try pool.reduce(0..<5000, FailsAt(place: 3000, dies: false))
        }
        #expect(thrown?.index == 2048 && thrown?.cause.message == "3000 is bad")
        let died = #expect(throws: RecordFailure.self) { try pool.reduce(0..<5000, FailsAt(place: 1024, dies: true)) }
        #expect(died?.index == 1024 && died?.cause.exitStatus == 9)
    }
}

/// Which values were combined, and whether each followed the one before it.
struct Stretch: FieldsValue, Equatable {
    var first, last: Int
    var isWhole: Bool

    var slotFields: Columns<Int, Int, Bool> { Columns(first, last, isWhole) }
    init(slotFields: Columns<Int, Int, Bool>) { (first, last, isWhole) = slotFields.values }
    init(first: Int, last: Int, isWhole: Bool) { (self.first, self.last, self.isWhole) = (first, last, isWhole) }
}

struct Stretches: ReducingFunction {
    func callAsFunction(_ value: Int) -> Stretch { Stretch(first: value, last: value, isWhole: true) }
    func combine(_ left: Stretch, _ right: Stretch) -> Stretch {
        Stretch(
            first: left.first, last: right.last,
            isWhole: left.isWhole && right.isWhole && left.last + 1 == right.first)
    }
}

struct Joined: ReducingFunction {
    func callAsFunction(_ value: String) -> String { value }
    func combine(_ left: String, _ right: String) -> String { left + right }
}

struct Sum: ReducingFunction {
    func callAsFunction(_ value: Double) -> Double { value }
    func combine(_ left: Double, _ right: Double) -> Double { left + right }
}

/// Kills its worker now and then.
struct DyingSum: ReducingFunction {
    func callAsFunction(_ value: Double) -> Double {
        if UInt32.random(in: 0..<100_000) == 0 { kill(getpid(), SIGKILL) }
        return value
    }
    func combine(_ left: Double, _ right: Double) -> Double { left + right }
}

struct FailsAt: ReducingFunction {
    let place: Int
    let dies: Bool
    func callAsFunction(_ value: Int) throws -> Int {
        if value == place, dies { _exit(9) }
        if value == place { throw Bad(description: "\(value) is bad") }
        return value
    }
    func combine(_ left: Int, _ right: Int) -> Int { left &+ right }
    struct Bad: Error, CustomStringConvertible { let description: String }
}
