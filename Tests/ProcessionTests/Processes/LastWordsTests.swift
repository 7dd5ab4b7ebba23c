@preconcurrency @unsafe import Glibc
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// What a worker that dies has said tells why its record has failed.
@Suite struct LastWordsTests {
    @Test(arguments: [
        (Speaking.Way.traps, "Fatal error: a record of 7 bytes"),
        (.tries, "'try!' expression unexpectedly raised an error: Swift.CancellationError()"),
        (.exits, "cannot go on: Not a tty"), (.aborts, "cannot go on: Not a tty"), (.halfLine, "half a line"),
        (.escapes, "red  [31m and wide ä"), (.saysMuch, String(repeating: "x", count: 255)),
    ])
    func whatItSaidIsInTheFailure(way: Speaking.Way, line: String) throws {
        let pool = try WorkerPool(workers: 1, retries: 0)
        let failures = try pool.map(0..<3, Speaking(way: way, at: 1), onFailure: .collect).failures
        let cause = try #require(failures.first?.cause)
        #expect(failures.map(\.index) == [1])
        #expect(cause.lastLine?.hasSuffix(line) == true, "\(cause)")
        #expect(cause.description.hasSuffix(line))
        #expect(try pool.map(0..<3, Triple())[1] == 3)
    }

    @Test func whoSaysNothingOrIsKilledFromOutsideHasNoLastWords() throws {
        let pool = try WorkerPool(workers: 1, retries: 0)
        for way in [Speaking.Way.isSilent, .isKilled] {
            let failures = try pool.map(0..<3, Speaking(way: way, at: 1), onFailure: .collect).failures
            #expect(failures.count == 1 && failures[0].cause.lastLine == nil, "\(failures)")
        }
    }

    /// What was said of other records explains nothing.
    @Test func wordsOfAnEarlierChunkAreForgotten() throws {
        let pool = try WorkerPool(workers: 1, retries: 0, chunkSize: 1)
        let failures = try pool.map(0..<3, SpeaksThenDies(), onFailure: .collect).failures
        #expect(failures.map(\.index) == [1] && failures[0].cause.lastLine == nil)
    }

    /// They are heard where they always were, each once.
    @Test func whatItSaysIsHeardToo() async throws {
        let said = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                let pool = try WorkerPool(workers: 1, retries: 0)
                let failures = try pool.map(0..<2, SpeaksThenDies(), onFailure: .collect).failures
                precondition(failures.count == 1)
            })
        #expect(String(decoding: said.standardErrorContent, as: UTF8.self) == "this was of record 0\n")
    }
}

/// Dies at a value, with something to say or without.
struct Speaking: ValueFunction {
    enum Way: UInt8, Sendable { case traps, tries, exits, aborts, halfLine, escapes, saysMuch, isSilent, isKilled }
    let way: Way
    let at: Int
    var isHeard = false

    func callAsFunction(_ value: Int) -> Int {
        guard value == at else { return value }
        if !isHeard { dup2(unsafe open("/dev/null", O_WRONLY), 2) }
        switch way {
        case .traps: fatalError("a record of \(value + 6) bytes")
        case .tries: return try! { throw CancellationError() }()
        case .exits:
            say("cannot go on: Not a tty\n\n")
            _exit(4)
        case .aborts:
            say("cannot go on: Not a tty\n")
            abort()
        case .halfLine:
            say("a whole line\nhalf a ")
            say("line")
            _exit(4)
        case .escapes:
            say("red \u{1B}[31m and wide ä\n")
            _exit(4)
        case .saysMuch:
            say(String(repeating: "x", count: 10_000) + "\n")
            _exit(4)
        case .isSilent: _exit(4)
        case .isKilled:
            say("what came before\n")
            kill(getpid(), SIGKILL)
            return 0
        }
    }
}

struct SpeaksThenDies: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        if value == 0 { say("this was of record 0\n") }
        if value == 1 { _exit(4) }
        return value
    }
}

/// By C's `stderr`, as Swift's own reports.
private func say(_ text: String) { unsafe fputs(text, stderr) }
