import Glibc
import Procession
import ProcessionSystem
import Testing

/// Results that outgrow their room: their records are mapped once, whoever waits for whom meanwhile.
///
/// Every function here has an effect: it appends the number of its record to a file.
@Suite(.serialized) struct RoomTests {
    static let count = 600

    @Test(arguments: [1, 2, 8]) func aMapRunsEveryRecordOnce(workers: Int) throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: workers, chunkSize: 50)
        let texts = try pool.map(Array(0..<Self.count), Growing(log: log.number))
        #expect(texts.indices.allSatisfy { texts[$0] == Growing.text($0) })
        log.expectOnce(Self.count)
    }

    @Test(arguments: [1, 2, 8]) func aStreamRunsEveryRecordOnce(workers: Int) throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: workers, chunkSize: 50)
        var seen = 0
        for result in pool.stream(0..<Self.count, Growing(log: log.number), window: 1 << 20) {
            #expect(try result.get() == Growing.text(seen))
            seen += 1
        }
        #expect(seen == Self.count)
        log.expectOnce(Self.count)
    }

    @Test(arguments: [1, 2, 8]) func anAsyncStreamRunsEveryRecordOnce(workers: Int) async throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: workers, chunkSize: 50)
        var seen = 0
        for try await result in pool.stream(Self.numbers(Self.count), Growing(log: log.number), window: 1 << 20) {
            #expect(result == Growing.text(seen))
            seen += 1
        }
        #expect(seen == Self.count)
        log.expectOnce(Self.count)
    }

    /// Longer than the time limit, and than it takes until workers are thought to be stuck.
    @Test func whoWaitsForASlowConsumerIsNotToBlame() async throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: 2, timeLimit: .milliseconds(300), chunkSize: 10)
        var seen = 0
        for try await text in pool.stream(Self.numbers(200), Long(log: log.number), window: 64 << 10) {
            if seen == 0 {
                try await Task.sleep(for: .seconds(6))
                #expect(log.counts.count < 200, "nobody waits")
            }
            #expect(text == Long.text(seen))
            seen += 1
        }
        #expect(seen == 200)
        log.expectOnce(200)
        #expect(pool.statistics.workersReplaced == 0)
    }

    @Test func whoWaitsIsSentBackToWorkWhenTheStreamIsCancelled() async throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: 2, chunkSize: 10)
        let error = await #expect(throws: PoolError.self) {
            for try await _ in pool.stream(Self.numbers(200), Long(log: log.number), window: 64 << 10) {
                try await Task.sleep(for: .milliseconds(200))
                pool.cancel()
            }
        }
        #expect(error?.code == .cancelled)
        #expect(bounded(pool) { Array(try pool.map(Array(0..<50), Triple())) } == (0..<50).map { $0 * 3 })
        #expect(pool.statistics.workersReplaced == 0)
    }

    @Test func whoDiesWaitingCostsItsRecordAnotherAttempt() async throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: 2, chunkSize: 10)
        var seen = 0
        for try await text in pool.stream(Self.numbers(200), Long(log: log.number), window: 64 << 10) {
            if seen == 0 {
                // Both wait when nothing has been mapped for a while.
                var mapped = -1
                while mapped != log.counts.values.reduce(0, +) {
                    mapped = log.counts.values.reduce(0, +)
                    try await Task.sleep(for: .milliseconds(300))
                }
                for worker in pool.workerProcessIDs { kill(worker, SIGKILL) }
            }
            #expect(text == Long.text(seen))
            seen += 1
        }
        #expect(seen == 200)
        #expect(pool.statistics.workersReplaced == 2)
        let repeated = log.counts.values.filter { $0 > 1 }
        #expect((1...2).contains(repeated.count) && repeated.allSatisfy { $0 == 2 }, "\(repeated)")
    }

    /// The record that killed its worker goes out again behind others that are open already. These fill the window, and
    /// the only worker waits with one of them for room, before anybody has claimed the record that all wait for.
    @Test(arguments: [1, 2]) func whoWaitsIsNotWaitedForByTheOldestRecord(workers: Int) throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: workers, chunkSize: 1)
        let texts = bounded(pool) {
            try pool.stream(0..<100, LongAfterADeath(log: log.number), window: 64 << 10).map { try $0.get() }
        }
        #expect(texts == (0..<100).map(Long.text))
        #expect(log.counts[0] == 2)
        #expect(pool.statistics.workersReplaced == 1)
    }

    private static func numbers(_ count: Int) -> AsyncStream<Int> {
        AsyncStream { continuation in
            for number in 0..<count { continuation.yield(number) }
            continuation.finish()
        }
    }

    @Test(arguments: [1, 2]) func reasonsOfFailuresThatOutgrowTheirRoomCostNoSecondRun(workers: Int) throws {
        let log = try EffectLog()
        let pool = try WorkerPool(workers: workers, chunkSize: 100)
        let results = try pool.map(Array(0..<Self.count), Complaining(log: log.number), onFailure: .collect)
        #expect(results.failures.count == Self.count / 2)
        #expect(results.failures.allSatisfy { "\($0)".contains(String(repeating: "no", count: 1000)) })
        log.expectOnce(Self.count)
    }
}

/// Counts how often each record was mapped, over processes.
final class EffectLog {
    /// What the functions know it by.
    let number: UInt64

    init() throws {
        number = RandomSeed.random64()
        let file = try File.open(Self.path(number), O_WRONLY | O_CREAT)
        try File.write(file.number, text: "")
    }

    deinit { unsafe unlink(Self.path(number)) }

    private static func path(_ number: UInt64) -> String { "/tmp/procession-tests-\(number).effects" }

    /// Called by a function, in a worker.
    static func add(_ record: Int, to number: UInt64) {
        do {
            let file = try File.open(path(number), O_WRONLY | O_APPEND)
            try File.write(file.number, text: "\(record)\n")
        } catch {
            fatalError("no effect: \(error)")
        }
    }

    /// How often each record was mapped.
    var counts: [Int: Int] { Self.counts(in: number) }

    static func count(_ record: Int, in number: UInt64) -> Int { counts(in: number)[record] ?? 0 }

    private static func counts(in number: UInt64) -> [Int: Int] {
        let bytes = (try? File.contents(of: path(number))) ?? []
        let records = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int($0) }
        return Dictionary(records.map { ($0, 1) }, uniquingKeysWith: +)
    }

    func expectOnce(_ count: Int, _ comment: Comment = "", sourceLocation: SourceLocation = #_sourceLocation) {
        let counts = counts
        let wrong = (0..<count).filter { counts[$0] != 1 }
        #expect(
            wrong.isEmpty,
            "\(wrong.count) records ran not once but \(wrong.prefix(5).map { counts[$0] ?? 0 }) times; \(comment)",
            sourceLocation: sourceLocation)
    }
}

/// Texts that grow a thousandfold in the middle, some of them only.
struct Growing: ValueFunction {
    var log: UInt64
    func callAsFunction(_ value: Int) -> String {
        EffectLog.add(value, to: log)
        return Self.text(value)
    }
    static func text(_ value: Int) -> String {
        String(repeating: "x\(value)", count: value > 200 && value % 3 == 0 ? 4000 : 4)
    }
}

/// Texts that are all far longer than is thought at first.
struct Long: ValueFunction {
    var log: UInt64
    func callAsFunction(_ value: Int) -> String {
        EffectLog.add(value, to: log)
        return Self.text(value)
    }
    static func text(_ value: Int) -> String { String(repeating: "\(value),", count: 4000) }
}

/// The same, but the first record kills its worker when it is mapped for the first time.
struct LongAfterADeath: ValueFunction {
    var log: UInt64
    func callAsFunction(_ value: Int) -> String {
        EffectLog.add(value, to: log)
        if value == 0, EffectLog.count(0, in: log) == 1 { kill(getpid(), SIGKILL) }
        return Long.text(value)
    }
}

/// Every second record fails, with a long reason.
struct Complaining: ValueFunction {
    var log: UInt64
    struct Reason: Error, CustomStringConvertible { let description: String }
    func callAsFunction(_ value: Int) throws -> Int {
        EffectLog.add(value, to: log)
        if value % 2 == 1 { throw Reason(description: String(repeating: "no", count: 1000)) }
        return value
    }
}
