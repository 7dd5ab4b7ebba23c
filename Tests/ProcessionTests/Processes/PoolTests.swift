import OrderedCollections
import Procession
import ProcessionSegment
import Synchronization
import Testing

internal import Dispatch

struct Widens: ValueFunction {
    func callAsFunction(_ value: UInt8) throws -> InlineArray<1_048_576, UInt8> { throw Refusal() }
}

private struct Hidden: ValueFunction { func callAsFunction(_ value: Int) -> Int { value } }

@Suite struct PoolTests {
    @Test func aPrivateFunctionTypeIsRefusedInWords() throws {
        let pool = try WorkerPool(workers: 1)
        let error = #expect(throws: PoolError.self) { try pool.map([1], Hidden()) }
        #expect(error?.code == .functionNotFound)
        #expect(error?.description.contains("must not be private") == true)
    }

    @Test func aPoolUsedAfterShutdownThrows() throws {
        let pool = try WorkerPool(workers: 1)
        pool.shutDown()
        let error = #expect(throws: PoolError.self) { try pool.map([1], Triple()) }
        #expect(error?.code == .shutDown)
        pool.shutDown()  // once more is harmless
    }

    @Test func resultsOutliveThePool() throws {
        let results = try WorkerPool(workers: 2).map(Array(0..<1000), Repeat())
        #expect(results[999].values.1.count == 999)
    }

    @Test func anOlderResultIsNotTouchedByLaterMaps() throws {
        let pool = try WorkerPool(workers: 2)
        let first = try pool.map(Array(0..<5000), Triple())
        for _ in 0..<5 { _ = try pool.map(Array(repeating: 1, count: 5000), Triple()) }
        #expect(Array(first) == (0..<5000).map { $0 * 3 })
    }

    @Test func theTextsOfAnOlderResultAreNotTouchedByLaterMaps() throws {
        let pool = try WorkerPool(workers: 2)
        let first = try pool.map(Array(0..<2000), Repeat10())
        for start in 1...5 { _ = try pool.map(Array(start * 10_000..<start * 10_000 + 2000), Repeat10()) }
        #expect(Array(first) == (0..<2000).map { Repeat10()($0) })
    }

    @Test func memoryThatIsReleasedIsUsedAgain() throws {
        let pool = try WorkerPool(workers: 2)
        for _ in 0..<50 { _ = try pool.map(Array(0..<10_000), Repeat10()) }
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func aMapThatCannotFitIsRefusedWithItsSize() throws {
        let pool = try WorkerPool(workers: 1)
        let error = #expect(throws: PoolError.self) { try pool.map(repeatElement(1, count: 1 << 45), Triple()) }
        #expect(error?.code == .outOfMemory)
        #expect(error?.description.contains("GiB") == true)
    }

    /// The input's pages are there from the map before; the results would take 1 TiB.
    @Test func resultsThatCannotFitAreRefusedWhereTheInputDoes() throws {
        let pool = try WorkerPool(workers: 1)
        let input = [UInt8](repeating: 1, count: 1 << 20)
        _ = try pool.map(input, Echo<UInt8>())
        let error = #expect(throws: PoolError.self) { try pool.map(input, Widens()) }
        #expect(error?.code == .outOfMemory)
        #expect(error?.description.contains("1024.0 GiB for its results") == true, "\(error?.description ?? "")")
    }

    @Test func inputThatDoesNotFitInTheMiddleLeavesNothingBehind() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 10)
        var values = Array(repeating: [Vast](), count: 5000)
        values[2500] = [Vast()]
        let error = #expect(throws: PoolError.self) { try pool.map(values, CountOfVast()) }
        #expect(error?.code == .outOfMemory)
        #expect(pool.statistics.published > 0)
        #expect(pool.sharedBytesInUse == 0)
        values[2500] = []
        #expect(try pool.map(values, CountOfVast()).allSatisfy { $0 == 0 })
    }

    @Test func callersOnManyThreadsTakeTurns() throws {
        let pool = try WorkerPool(workers: 2)
        let right = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { caller in
            let results = try? pool.map(Array(repeating: caller, count: 2000), Triple())
            if results.map(Array.init) == Array(repeating: caller * 3, count: 2000) {
                right.add(1, ordering: .relaxed)
            }
        }
        #expect(right.load(ordering: .relaxed) == 8)
    }

    @Test func inputInTheArenaIsMappedAgainAndAgainWithoutACopy() throws {
        let pool = try WorkerPool(workers: 2)
        let input = try pool.layOut(count: 1000) { $0 + 1 }
        #expect(input[999] == 1000)
        for _ in 0..<3 { #expect(Array(try pool.map(input, Triple())) == (1...1000).map { $0 * 3 }) }
    }

    @Test func theViewFindsResultsByKeyThroughTheInputsOwnTable() throws {
        let pool = try WorkerPool(workers: 2)
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<100).map { ("k\($0)", $0) })
        let results = try pool.map(data, DoubleAndText())
        #expect(results["k42"] == Columns(84, "42"))
        #expect(results["nobody"] == nil)
        #expect(results.keys == data.keys)
        #expect(results.elements[7].key == "k7")
    }

    @Test func statisticsCountWhatHappened() throws {
        let pool = try WorkerPool(workers: 2)
        _ = try pool.map(
            OrderedDictionary(uniqueKeysWithValues: (0..<20).map { ("\($0)", $0) }), Throwing(), onFailure: .collect)
        #expect(pool.statistics.records == 20)
        #expect(pool.statistics.failed == 2)
        #expect(pool.workerCount == 2)
    }
}

struct Repeat10: ValueFunction {
    func callAsFunction(_ value: Int) -> String { "\(value) \(value) \(value) \(value) \(value)" }
}

/// Wants more shared memory than any machine has.
struct Vast: SlotValue {
    static var _slotStride: Int { 1 << 45 }
    static func _load(at offset: Int, from reader: inout _SlotReader) -> Vast { Vast() }
    func _store(at offset: Int, in writer: inout _SlotWriter) {}
}

struct CountOfVast: ValueFunction { func callAsFunction(_ values: [Vast]) -> Int { values.count } }
