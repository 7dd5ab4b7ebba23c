import Glibc
import OrderedCollections
import Procession
import ProcessionSystem
import Testing

/// Adds a byte to the file named by its key; then a value above 0 doubles, 0 kills the worker, and below 0 it sticks.
struct CountedAttempt: WorkerFunction {
    func callAsFunction(key: String, value: Int) throws -> Int {
        let file = try File.open(key, O_WRONLY | O_CREAT | O_APPEND)
        try File.write(file.number, text: "x")
        if value == 0 { kill(getpid(), SIGKILL) }
        while value < 0 { sleep(1) }
        return value * 2
    }
}

/// Throws for some values.
struct Throws: ValueFunction {
    struct Refusal: Error, CustomStringConvertible { var description: String }
    var below, above: Int
    func callAsFunction(_ value: Int) throws -> Int {
        guard (below...above).contains(value) else { throw Refusal(description: "no \(value)") }
        return value * 2
    }
}

/// Ends its worker at every record.
struct AlwaysDeadly: ValueFunction {
    var way: Deadly.Way
    func callAsFunction(_ value: Int) -> Int { Deadly(way: way, deadlyKey: value)(key: value, value: value) }
}

/// How often a record is tried, and what becomes of it then.
@Suite(.serialized) struct AttemptTests {
    @Test(arguments: [0, 1, 3]) func aDeadlyRecordIsTriedAsOftenAsWasAskedForAndTheOthersOnce(_ retries: Int) throws {
        try expectAttempts(poison: 0, retries, WorkerPool(workers: 2, retries: retries, chunkSize: 3))
    }

    @Test(arguments: [0, 2]) func aRecordThatSticksIsTriedAsOftenAsWasAskedForAndTheOthersOnce(_ retries: Int) throws {
        try expectAttempts(
            poison: -1, retries,
            WorkerPool(workers: 2, retries: retries, timeLimit: .milliseconds(200), chunkSize: 3))
    }

    private func expectAttempts(poison: Int, _ retries: Int, _ pool: WorkerPool) throws {
        let directory = "/tmp/procession-attempts-\(RandomSeed.random64())"
        // Safe: the path lives during the call.
        let made = unsafe mkdir(directory, 0o700) == 0
        try #require(made)
        defer {
            for number in 1...20 { unsafe unlink("\(directory)/\(number)") }
            unsafe rmdir(directory)
        }
        let data = OrderedDictionary(
            uniqueKeysWithValues: (1...20).map { ("\(directory)/\($0)", $0 == 11 ? poison : $0) })
        let results = try pool.map(data, CountedAttempt(), onFailure: .collect)
        let failure = try #require(results.failures.first)
        #expect(results.failures.count == 1 && failure.index == 10 && failure.key == "\(directory)/11")
        #expect(failure.attempts == retries + 1)
        #expect(poison < 0 ? failure.cause.timeLimit != nil : failure.cause.signal == SIGKILL)
        for number in 1...20 {
            let attempts = try File.contents(of: "\(directory)/\(number)").count
            #expect(attempts == (number == 11 ? retries + 1 : 1), "record \(number)")
        }
        #expect(pool.statistics.retried == retries)
    }

    @Test(arguments: Deadly.Way.allCases) func everyRecordMayBeDeadly(_ way: Deadly.Way) throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        let results = try pool.map(Array(0..<10), AlwaysDeadly(way: way), onFailure: .collect)
        #expect(results.failures.map(\.index) == Array(0..<10))
        #expect(pool.statistics.workersReplaced == 10)
    }

    @Test(arguments: [0, 500, 999]) func aRecordThatThrowsFailsAloneAndIsNotTriedAgain(_ index: Int) throws {
        let pool = try WorkerPool(workers: 2)
        // The record's value is one that all others are not.
        let input = (0..<1000).map { $0 == index ? 5000 : $0 }
        let function = Throws(below: 0, above: 999)
        let results = try pool.map(input, function, onFailure: .collect)
        #expect(results.failures.map(\.description) == ["record \(index) (key \(index)): no 5000"])
        for other in 0..<1000 where other != index { #expect(try results[other].get() == other * 2) }
        let failure = #expect(throws: RecordFailure.self) { try pool.map(input, function) }
        #expect(failure?.index == index && failure?.attempts == 1)
        #expect(pool.statistics.retried == 0)
    }

    /// Told by the kernel at once, and not found by looking now and then: the bound is the contract's, with room for
    /// the others who work on this machine.
    @Test func aDeathIsNoticedWithinASecond() throws {
        let pool = try WorkerPool(workers: 2, retries: 0)
        var inTime = 0
        for _ in 0..<20 {
            let start = Instant.now
            _ = try pool.map([1], AlwaysDeadly(way: .kill), onFailure: .collect)
            inTime += Instant.now - start < .seconds(1) ? 1 : 0
        }
        #expect(inTime > 10)
    }
}
