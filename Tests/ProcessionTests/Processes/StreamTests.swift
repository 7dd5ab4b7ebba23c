import Glibc
import OrderedCollections
import Procession
import ProcessionSystem
import TestSupport
import Testing

/// A text whose length is the value.
struct LongText: ValueFunction { func callAsFunction(_ value: Int) -> String { String(repeating: "x", count: value) } }

/// Throws for some values, ends its worker for others.
struct Fragile: WorkerFunction {
    func callAsFunction(key: Int, value: Int) throws -> Columns<Int, Int> {
        if value % 100 == 13 { throw Throwing.Refusal(description: "\(value) is unlucky") }
        if value % 100 == 50 { _exit(7) }
        return Columns(key, value)
    }
}

struct KeyedText: WorkerFunction {
    func callAsFunction(key: String, value: Int) throws -> String {
        if value == 77 { throw Throwing.Refusal(description: "no") }
        return "\(key) has the value \(value)"
    }
}

struct Weighs: ValueFunction { func callAsFunction(_ value: String) -> Int { value.utf8.count } }

/// The first record takes as long as the others together.
struct SlowHead: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        if value == 0 { usleep(1_000_000) }
        return value * 3
    }
}

/// Counts the elements that were taken out of it.
final class Counted<Base: Sequence>: Sequence, IteratorProtocol {
    private var base: Base.Iterator
    private(set) var taken = 0
    init(_ base: Base) { self.base = base.makeIterator() }
    func next() -> Base.Element? {
        taken += 1
        return base.next()
    }
}

@Suite(.serialized) struct StreamTests {
    @Test func aMillionRecordsComeInOrderAndTheirMemoryIsTheWindow() throws {
        let pool = try WorkerPool(workers: 2)
        let window = 1 << 20
        var index = 0
        var most = 0
        for result in pool.stream(0..<1_000_000, Triple(), window: window) {
            guard try result.get() == index * 3 else { throw Throwing.Refusal(description: "wrong at \(index)") }
            index += 1
            if index % 64 == 0 { most = max(most, pool.sharedBytesInUse) }
        }
        #expect(index == 1_000_000)
        #expect(most > 0)
        #expect(most <= window + 4096)
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test(arguments: [0, 1, 2, 63, 64, 65, 1000])
    func streamsExactlyAsManyRecordsAsThereAre(count: Int) throws {
        let pool = try WorkerPool(workers: 2)
        let records = Counted(0..<count)
        let results = try pool.stream(records, Triple()).map { try $0.get() }
        #expect(results == (0..<count).map { $0 * 3 })
        #expect(records.taken == count + 1, "it is not asked behind its end")
    }

    @Test func aSlowFirstRecordHoldsUpTheOutputAlone() throws {
        let pool = try WorkerPool(workers: 2)
        let records = Counted(0..<100_000)
        var iterator = pool.stream(records, SlowHead()).makeIterator()
        #expect(try iterator.next()?.get() == 0)
        // While the first was slow, the other worker went on; all fit into the window.
        #expect(records.taken > 50_000)
        for index in 1..<100_000 { #expect(try iterator.next()?.get() == index * 3) }
        #expect(iterator.next() == nil)
    }

    @Test func aFullWindowStopsTheReading() throws {
        let pool = try WorkerPool(workers: 2)
        let records = Counted(0..<1_000_000)
        var iterator = pool.stream(records, SlowHead(), window: 256 << 10).makeIterator()
        #expect(try iterator.next()?.get() == 0)
        #expect(records.taken <= (256 << 10) / 16)
        #expect(pool.sharedBytesInUse <= 260 << 10)
    }

    @Test func leavingEarlyFreesWorkersAndMemoryAtOnce() throws {
        let pool = try WorkerPool(workers: 2)
        for round in 0..<20 {
            for (index, result) in pool.stream(0..., Triple()).enumerated() where index == round * 100 {
                #expect(try result.get() == index * 3)
                break
            }
            #expect(pool.sharedBytesInUse == 0)
            #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
        }
        #expect(pool.statistics.workersReplaced == 0)
    }

    @Test func leavingEarlyDoesNotWaitForARecordThatHangs() throws {
        let pool = try WorkerPool(workers: 2)
        for result in pool.stream((0...).lazy.map { $0 == 3 ? 20 : 1 }, Hangs()) {
            #expect(try result.get() == 1)
            break
        }
        #expect(pool.sharedBytesInUse == 0)
        #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
    }

    @Test func anEndlessSequenceIsReadAsFarAsItsPrefix() throws {
        let pool = try WorkerPool(workers: 2)
        let results = try pool.stream(sequence(first: 1) { $0 * 3 % 1009 }, Triple()).prefix(1000).map { try $0.get() }
        #expect(results == sequence(first: 1) { $0 * 3 % 1009 }.prefix(1000).map { $0 * 3 })
    }

    @Test func recordsThatFailOrKillTheirWorkerComeInTheirPlace() throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        var index = 0
        for result in pool.stream((0..<1000).map { $0 }, Fragile()) {
            switch result {
            case .success(let output): #expect(output.values == (index, index))
            case .failure(let failure as RecordFailure):
                #expect(failure.index == index)
                #expect(failure.key == "\(index)")
                if index % 100 == 13 { #expect(failure.cause.message == "\(index) is unlucky") }
                if index % 100 == 50 { #expect(failure.cause.exitStatus == 7) }
                #expect([13, 50].contains(index % 100))
            case .failure(let error): throw error
            }
            index += 1
        }
        #expect(index == 1000)
        #expect(pool.statistics.failed == 20)
    }

    @Test func theFirstFailureLeavesALoopThatTries() throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        var count = 0
        let failure = #expect(throws: RecordFailure.self) {
            for result in pool.stream(0..., Fragile()) {
                _ = try result.get()
                count += 1
            }
        }
        #expect(failure?.index == 13)
        #expect(count == 13)
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func keysAndValuesAreStreamedTogether() throws {
        let pool = try WorkerPool(workers: 2)
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<5000).map { ("the key number \($0)", $0) })
        let expected = data.map { "\($0.key) has the value \($0.value)" }
        func texts(_ stream: ResultStream<String>) -> [String] { stream.map { (try? $0.get()) ?? "failed" } }
        var wanted = expected
        wanted[77] = "failed"
        #expect(texts(pool.stream(data, KeyedText())) == wanted)
        #expect(texts(pool.stream(zip(data.keys, data.values), KeyedText())) == wanted)
        for case .failure(let error as RecordFailure) in pool.stream(data, KeyedText()) {
            #expect(error.key == "the key number 77")
        }
    }

    @Test func resultsLargerThanTheWindowPassThroughIt() throws {
        let pool = try WorkerPool(workers: 2)
        let lengths = (0..<300).map { $0 % 50 == 20 ? 400_000 : $0 * 37 % 5000 }
        let lengthsBack = try pool.stream(lengths, LongText(), window: 64 << 10).map { try $0.get().utf8.count }
        #expect(lengthsBack == lengths)
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func resultsThatGrowSuddenlyStayCloseToTheWindow() throws {
        let pool = try WorkerPool(workers: 2)
        let window = 4 << 20
        var most = 0
        for (index, result) in pool.stream(
            (0..<8_000).lazy.map { $0 < 5000 ? 20 : 10_000 }, LongText(), window: window
        )
        .enumerated() {
            #expect(try result.get().utf8.count == (index < 5000 ? 20 : 10_000))
            most = max(most, pool.sharedBytesInUse)
        }
        #expect(most < window + window / 2)
    }

    @Test func textsThatGrowSuddenlyStayCloseToTheWindow() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 1000)
        let window = 1 << 20
        let long = String(repeating: "x", count: 30_000)
        var most = 0
        for result in pool.stream((0..<3300).lazy.map { $0 < 3000 ? "" : long }, Weighs(), window: window) {
            _ = try result.get()
            most = max(most, pool.sharedBytesInUse)
        }
        #expect(most < window + window / 2)
    }

    @Test func longInputsAndOutputsOfEveryLength() throws {
        let seed = printedSeed()
        var generator = SplitMix(seed: seed)
        let pool = try WorkerPool(workers: 2)
        for window in [1, 10_000, 1 << 20] {
            let records = (0..<600).map { index in
                (0..<Int.random(in: 0...(index % 100 == 0 ? 3000 : 40), using: &generator)).map { "\(index) \($0)" }
            }
            #expect(
                try pool.stream(records, JoinAll(), window: window).map { try $0.get() } == records.map { $0.joined() })
        }
    }

    @Test func twoPoolsStreamAtOnce() throws {
        let pools = (try WorkerPool(workers: 2), try WorkerPool(workers: 1))
        var tripled = pools.0.stream(0..<50_000, Triple()).makeIterator()
        var other = pools.1.stream(0..<50_000, IndexTimes()).makeIterator()
        for index in 0..<50_000 {
            #expect(try tripled.next()?.get() == index * 3)
            #expect(try other.next()?.get().values.0 == index)
        }
        #expect(tripled.next() == nil)
        #expect(other.next() == nil)
        // And one feeds the other.
        let chained = pools.1.stream(pools.0.stream(0..<1000, Triple()).lazy.map { try! $0.get() }, Triple())
        #expect(try chained.map { try $0.get() } == (0..<1000).map { $0 * 9 })
    }

    @Test func killingWorkersAtAnyMomentChangesNoResultOfAStream() throws {
        let seed = printedSeed()
        var generator = SplitMix(seed: seed)
        let pool = try WorkerPool(workers: 2, retries: 5)
        for _ in 0..<20 {
            var index = 0
            for result in pool.stream(0..<3000, Slow(nanoseconds: 20_000), window: 256 << 10) {
                #expect(try result.get() == Columns(index * 2, "text of \(index), which is longer than a slot"))
                index += 1
                if Int.random(in: 0..<500, using: &generator) == 0, let victim = pool.workerProcessIDs.first {
                    kill(victim, SIGKILL)
                }
            }
            #expect(index == 3000)
        }
        #expect(pool.statistics.workersReplaced > 10)
        #expect(pool.statistics.rescues == 0)
        #expect(pool.sharedBytesInUse == 0)
    }

    @Test func aStreamOfARefusedFunctionSaysWhyAndEnds() throws {
        struct Local: ValueFunction { func callAsFunction(_ value: Int) -> Int { value } }
        let pool = try WorkerPool(workers: 1)
        var iterator = pool.stream(0..<10, Local()).makeIterator()
        let error = #expect(throws: PoolError.self) { try iterator.next()?.get() }
        #expect(error?.code == .functionNotFound)
        #expect(iterator.next() == nil)
    }

    @Test func cancellingThePoolEndsItsStream() throws {
        let pool = try WorkerPool(workers: 2)
        var error: (any Error)?
        for result in pool.stream(0..., Triple()) {
            pool.cancel()
            if case .failure(let failure) = result { error = failure }
        }
        #expect((error as? PoolError)?.code == .cancelled)
        #expect(Array(try pool.map([1, 2], Triple())) == [3, 6])
    }

    @Test func aWindowThatTheMachineCannotHoldIsRefusedWithItsSize() throws {
        let pool = try WorkerPool(workers: 1)
        var iterator = pool.stream(0..., Triple(), window: 1 << 45).makeIterator()
        let error = #expect(throws: PoolError.self) { try iterator.next()?.get() }
        #expect(error?.code == .outOfMemory)
        #expect(error?.description.contains("32768.0 GiB") == true)
    }

    @Test func shuttingDownInTheMiddleEndsTheStream() throws {
        let pool = try WorkerPool(workers: 2)
        var error: (any Error)?
        for result in pool.stream(0..., Triple()) {
            pool.shutDown()
            if case .failure(let failure) = result { error = failure }
        }
        #expect((error as? PoolError)?.code == .shutDown)
        #expect(pool.workerCount == 0)
    }

    @Test func streamsLeaveNothingBehind() async throws {
        // In a process of its own: other tests make pools meanwhile.
        await #expect(processExitsWith: .success) {
            func use() throws {
                let pool = try WorkerPool(workers: 3)
                for (index, _) in pool.stream(0..<1000, Fragile()).enumerated() where index == 40 { break }
                for _ in pool.stream(0..<100, Fragile()) {}
            }
            try use()
            let before = try ResourceCensus()
            for _ in 0..<3 { try use() }
            let after = try ResourceCensus()
            precondition(after == before, "\(before) \(after)")
        }
    }
}

struct JoinAll: ValueFunction { func callAsFunction(_ value: [String]) -> String { value.joined() } }
