@preconcurrency @unsafe import Glibc
import Dispatch
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

@testable import Procession

/// What workers print, told to the host.
@Suite struct OutputTests {
    @Test func eachLineIsToldWithItsWorkerItsProcessAndItsStream() throws {
        let heard = Lines()
        let pool = try WorkerPool(workers: 2, chunkSize: 1, onOutput: heard.add)
        let processes = pool.workerProcessIDs
        _ = try pool.map(0..<100, Talking())
        pool.shutDown()
        let lines = heard.all
        for (stream, begin) in [(WorkerOutput.Stream.standardOutput, "out "), (.standardError, "err ")] {
            let told = lines.filter { $0.stream == stream }
            #expect(told.map(\.text).sorted() == (0..<100).map { begin + "\($0) of é" }.sorted())
            for (worker, process) in processes.enumerated() {
                let own = told.filter { $0.processID == process }
                #expect(own.allSatisfy { $0.worker == worker && $0.endsLine && $0.dropped == 0 })
                let others = lines.filter { $0.stream != stream && $0.processID == process }
                #expect(own.map { $0.text.dropFirst(4) } == others.map { $0.text.dropFirst(4) }, "in the same order")
            }
        }
        #expect(Set(lines.map(\.processID)).isSubset(of: processes))
    }

    @Test func halfALineOfAWorkerThatDiesIsHeardAndIsInTheFailure() throws {
        let heard = Lines()
        let pool = try WorkerPool(workers: 1, retries: 0, onOutput: heard.add)
        let failures = try pool.map(["first\nhalf a line"], Printing(dies: true), onFailure: .collect).failures
        #expect(failures.first?.cause.lastLine == "half a line")
        pool.shutDown()
        #expect(heard.all.map(\.text) == ["first", "half a line"])
    }

    @Test func aLineOfAMegabyteComesInPieces() throws {
        let heard = Lines()
        let pool = try WorkerPool(workers: 1, onOutput: heard.add)
        let long = String(repeating: "ä", count: 500_000)
        _ = try pool.map(["\(long)\nshort\n"], Printing(dies: false))
        pool.shutDown()
        let lines = heard.all
        #expect(lines.dropLast().map(\.text).joined() == long && lines.last?.text == "short")
        #expect(lines.allSatisfy { $0.bytes.count <= WorkerOutput.longestPiece })
        #expect(lines.map(\.endsLine) == Array(repeating: false, count: lines.count - 2) + [true, true])
    }

    @Test func aReplacementHasTheNumberOfTheDeadAndAnotherProcess() throws {
        let heard = Lines()
        let pool = try WorkerPool(workers: 1, retries: 0, chunkSize: 1, onOutput: heard.add)
        _ = try pool.map(Array(repeating: "x\n", count: 5), Printing(dies: true), onFailure: .collect)
        pool.shutDown()
        #expect(heard.all.map(\.worker) == [0, 0, 0, 0, 0] && Set(heard.all.map(\.processID)).count == 5)
    }

    @Test func linesOfTwoWorkersAreNotMixed() throws {
        let heard = Lines()
        let pool = try WorkerPool(workers: 2, chunkSize: 1, onOutput: heard.add)
        _ = try pool.map(0..<8, Stammering())
        pool.shutDown()
        #expect(heard.all.count == 8 * 200)
        #expect(heard.all.allSatisfy { $0.text == "process \($0.processID) stammers, as it was told" })
    }

    @Test func theHostPrintsNothing() async throws {
        let said = try #require(
            await #expect(
                processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
            ) {
                let heard = Lines()
                let pool = try WorkerPool(workers: 2, retries: 0, onOutput: heard.add)
                _ = try pool.map(0..<20, Talking())
                _ = try pool.map(0..<2, Speaking(way: .traps, at: 1, isHeard: true), onFailure: .collect)
                pool.shutDown()
                precondition(heard.all.contains { $0.text.hasSuffix("Fatal error: a record of 7 bytes") })
            })
        #expect(said.standardOutputContent.isEmpty && said.standardErrorContent.isEmpty)
    }

    /// No descriptor, though workers die by the dozen.
    @Test func nothingIsLeftBehind() async {
        await #expect(processExitsWith: .success) {
            // What a process has once it has had a pool, and used Dispatch.
            try { _ = try WorkerPool(workers: 1, onOutput: { _ in }).map([0], Talking()) }()
            let before = try ResourceCensus.openDescriptors().count
            let (some, more) = try {
                let pool = try WorkerPool(workers: 2, retries: 0, chunkSize: 1, onOutput: { _ in })
                let counts = try [4, 40].map { count in
                    let lines = Array(repeating: "x\n", count: count)
                    _ = try pool.map(lines, Printing(dies: true), onFailure: .collect)
                    return try ResourceCensus.openDescriptors().count
                }
                return (counts[0], counts[1])
            }()
            usleep(100_000)
            let after = try ResourceCensus.openDescriptors().count
            // Those of the last two may not be closed yet.
            precondition(more <= some + 4 && after == before, "\(before), \(some), \(more), \(after)")
        }
    }

    /// The host is busy for as long as the map takes, and longer.
    @Test func aHostThatIsBusyMissesLinesAndHoldsNobodyUp() throws {
        let heard = Lines()
        let isFree = DispatchSemaphore(value: 0)
        let pool = try WorkerPool(workers: 1) { line in
            if heard.all.isEmpty { isFree.wait() }
            heard.add(line)
        }
        let count = 100
        let lines = Array(repeating: String(repeating: "y", count: 60_000) + "\n", count: count)
        _ = try pool.map(lines, Printing(dies: false))
        isFree.signal()
        _ = try pool.map(["the last one\n"], Printing(dies: false))
        pool.shutDown()
        let dropped = heard.all.reduce(0) { $0 + $1.dropped }
        #expect(dropped > 0 && heard.all.filter(\.endsLine).count + dropped >= count + 1)
        #expect(heard.all.last?.text == "the last one")
    }

    /// Whoever is told lets the pool go.
    @Test func whoIsToldMayEndThePool() throws {
        let pool = Mutex<WorkerPool?>(nil)
        let ended = DispatchSemaphore(value: 0)
        let made = try WorkerPool(workers: 1) { _ in
            pool.withLock { $0 = nil }
            ended.signal()
        }
        pool.withLock { $0 = made }
        _ = try made.map(["end it\n"], Printing(dies: false))
        #expect(ended.wait(timeout: .now() + 10) == .success)
        made.shutDown()
    }

    @Test func workersHaveTwoPipesAndOtherwiseWhatTheyAlwaysHave() throws {
        let pool = try WorkerPool(workers: 1, onOutput: { _ in })
        let found = try pool.map([0], ListDescriptors())[0].map { String($0.drop { $0 != " " }.dropFirst()) }
        #expect(found.count == 6 && found[0] == "/dev/null" && found[3].hasPrefix("/memfd:procession-input"))
        #expect(found[1].hasPrefix("pipe:") && found[2].hasPrefix("pipe:") && found[1] != found[2])
    }
}

/// Lines, as they come.
final class Lines: Sendable {
    private let lines = Mutex<[WorkerOutput]>([])
    var all: [WorkerOutput] { lines.withLock { $0 } }
    @Sendable func add(_ line: WorkerOutput) { lines.withLock { $0.append(line) } }
}

/// Says something on both streams.
struct Talking: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        print("out \(value) of é")
        unsafe _ = fputs("err \(value) of é\n", stderr)
        return value
    }
}

/// Says something on standard error, and may die of it.
struct Printing: ValueFunction {
    let dies: Bool

    func callAsFunction(_ text: String) -> Int {
        unsafe _ = fputs(text, stderr)
        if dies { _exit(4) }
        return text.utf8.count
    }
}

/// Prints lines by parts, so that another may come between.
struct Stammering: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        for _ in 0..<200 {
            for part in ["process \(getpid())", " stammers,", " as it", " was told\n"] {
                try? File.write(2, text: part)
            }
        }
        return value
    }
}
