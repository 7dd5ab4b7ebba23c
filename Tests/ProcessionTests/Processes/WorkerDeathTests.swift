import Glibc
import OrderedCollections
import Procession
import ProcessionSystem
import TestSupport
import Testing

/// Doubles its value, except for one key, where it ends its worker in a way of the caller's choice.
struct Deadly: WorkerFunction {
    enum Way: UInt8, CaseIterable { case trap, abort, segfault, exit, quickExit, exec, kill, stackOverflow, illegal }
    var way: Way
    var deadlyKey: Int
    /// Say nothing of the death, which is no news for who runs the tests.
    var isSilent = true

    func callAsFunction(key: Int, value: Int) -> Int {
        guard key == deadlyKey else { return value * 2 }
        if isSilent { dup2(unsafe open("/dev/null", O_WRONLY), 2) }
        switch way {
        case .trap: fatalError("a trap on purpose")
        case .abort: Glibc.abort()
        case .segfault: return unsafe UnsafePointer<Int>(bitPattern: 8)!.pointee  // a fault on purpose
        case .exit: Glibc.exit(0)
        case .quickExit: _exit(3)
        case .exec:
            var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("true"), nil]
            unsafe execv("/bin/true", &arguments)
        case .kill: Glibc.kill(getpid(), SIGKILL)
        case .stackOverflow: return deepen(value)
        case .illegal: raise(SIGILL)
        }
        return 0
    }

    @inline(never) private func deepen(_ value: Int) -> Int { value == Int.min ? 0 : 1 + deepen(value &+ 1) + value }
}

struct Throwing: WorkerFunction {
    struct Refusal: Error, CustomStringConvertible { var description: String }
    func callAsFunction(key: String, value: Int) throws -> Int {
        guard value % 10 != 7 else { throw Refusal(description: "\(value) ends in 7") }
        return value * 2
    }
}

/// Spins long enough that somebody can kill its worker meanwhile.
struct Slow: ValueFunction {
    var nanoseconds: UInt64
    func callAsFunction(_ value: Int) -> Columns<Int, String> {
        let start = Instant.now
        while Instant.now - start < .nanoseconds(nanoseconds) {}
        return Columns(value * 2, "text of \(value), which is longer than a slot")
    }
}

@Suite(.serialized) struct WorkerDeathTests {
    @Test(arguments: Deadly.Way.allCases)
    func aDeadlyRecordCostsItselfAndNothingElse(_ way: Deadly.Way) throws {
        let pool = try WorkerPool(workers: 2)
        let count = 500
        for deadly in [0, 250, 499] {
            let results = try pool.map(Array(0..<count), Deadly(way: way, deadlyKey: deadly), onFailure: .collect)
            #expect(results.failures.map(\.index) == [deadly])
            #expect(results.failures.first?.attempts == 2)
            for index in 0..<count where index != deadly { #expect(try results[index].get() == index * 2) }
        }
    }

    @Test func theCauseNamesSignalOrExitStatus() throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        func cause(_ way: Deadly.Way) throws -> RecordFailure.Cause? {
            try pool.map([1, 2, 3], Deadly(way: way, deadlyKey: 1), onFailure: .collect).failures.first?.cause
        }
        #expect(try cause(.kill)?.signal == SIGKILL)
        #expect(try cause(.kill)?.description == "its worker was killed by SIGKILL")
        #expect(try cause(.quickExit)?.exitStatus == 3)
        #expect(try cause(.exit)?.exitStatus == 0)
    }

    @Test func withThrowTheErrorNamesKeyIndexAndSignal() throws {
        let pool = try WorkerPool(workers: 2)
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<100).map { ($0 + 1000, $0) })
        let failure = #expect(throws: RecordFailure.self) {
            try pool.map(data, Deadly(way: .trap, deadlyKey: 1042))
        }
        #expect(failure?.index == 42)
        #expect(failure?.key == "1042")
        #expect(failure?.cause.signal == SIGILL || failure?.cause.signal == SIGTRAP)
        // The pool is fit for another map.
        #expect(try pool.map(data, Deadly(way: .trap, deadlyKey: -1)).values.map { $0 } == (0..<100).map { $0 * 2 })
    }

    @Test func thrownErrorsComeBackWithTheirTextInTheOrderOfTheInput() throws {
        let pool = try WorkerPool(workers: 2)
        let data = OrderedDictionary(uniqueKeysWithValues: (0..<1000).map { ("k\($0)", $0) })
        let results = try pool.map(data, Throwing(), onFailure: .collect)
        #expect(results.failures.map(\.index) == (0..<1000).filter { $0 % 10 == 7 })
        #expect(results.failures.first?.cause.message == "7 ends in 7")
        #expect(results.failures.first?.key == "k7")
        let failure = #expect(throws: RecordFailure.self) { try pool.map(data, Throwing()) }
        #expect(failure?.index == 7)
    }

    @Test func everyRecordMayBeDeadlyAndTheMapStillEnds() throws {
        struct AlwaysDies: ValueFunction { func callAsFunction(_ value: Int) -> Int { _exit(9) } }
        let pool = try WorkerPool(workers: 2, retries: 0)
        #expect(throws: PoolError.self) { try pool.map(Array(0..<3), AlwaysDies()) }  // local types are refused
        let results = try pool.map(Array(0..<20), Dies(), onFailure: .collect)
        #expect(results.failures.map(\.index) == Array(0..<20))
    }

    @Test func aRecordThatTakesTooLongFailsAndTheOthersDoNot() throws {
        let pool = try WorkerPool(workers: 2, retries: 0, timeLimit: .milliseconds(300))
        let results = try pool.map(Array(0..<50), Hangs(), onFailure: .collect)
        #expect(results.failures.map(\.index) == [20])
        #expect(results.failures.first?.cause.timeLimit == .milliseconds(300))
        for index in 0..<50 where index != 20 { #expect(try results[index].get() == index) }
    }

    @Test func killingAnyWorkerAtAnyMomentChangesNoResult() throws {
        let seed = printedSeed()
        var generator = SplitMix(seed: seed)
        let pool = try WorkerPool(workers: 2, retries: 3)
        let count = 2000
        let expected = (0..<count).map { Columns($0 * 2, "text of \($0), which is longer than a slot") }
        for _ in 0..<100 {
            let victims = pool.workerProcessIDs
            let delay = UInt32.random(in: 0..<20_000, using: &generator)
            let victim = victims.randomElement(using: &generator)!
            let assassin = Assassin(victim: victim, microseconds: delay)
            let results = try pool.map(Array(0..<count), Slow(nanoseconds: 20_000))
            assassin.join()
            #expect(Array(results) == expected)
        }
        #expect(pool.statistics.workersReplaced >= 90)
        #expect(pool.statistics.rescues == 0)
    }

    @Test func aPoolLeavesNothingBehind() async throws {
        // In a process of its own: other tests open descriptors meanwhile.
        await #expect(processExitsWith: .success) {
            do { _ = try WorkerPool(workers: 2).map([1, 2, 3], Deadly(way: .trap, deadlyKey: -1)) }
            let before = try ResourceCensus()
            for _ in 0..<3 {
                let pool = try WorkerPool(workers: 3)
                _ = try pool.map(Array(0..<100), Deadly(way: .kill, deadlyKey: 50), onFailure: .collect)
                _ = try? pool.map(Array(0..<100), Deadly(way: .trap, deadlyKey: 99))
            }
            let after = try ResourceCensus()
            precondition(after == before, "\(before) \(after)")
        }
    }
}

struct Dies: ValueFunction { func callAsFunction(_ value: Int) -> Int { _exit(9) } }

struct Hangs: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        while value == 20 { sleep(1) }
        return value
    }
}
