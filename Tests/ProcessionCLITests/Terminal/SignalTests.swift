internal import Foundation
import Glibc
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

/// What signals do to a run of the command: in whatever state they find it, what was written is a prefix, the exit code
/// tells which it was, and nobody is left behind.
@Suite(.serialized) struct SignalTests {
    private static let rounds = environment("PROCESSION_ROUNDS", or: 20)

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalEndsARunThatWaitsForInput(signal: Int32) throws {
        var random = Dice("before input")
        for _ in 0..<Self.rounds {
            let run = try Run(["-c", "v=identity"])
            try run.untilItWatches()
            run.wait(milliseconds: random.below(20))
            run.send(signal)
            let end = try run.end()
            #expect(end.code == 128 + signal)
            #expect(end.output == "")
            #expect(end.lastLine == "procession: interrupted at record 1: 0 records done")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalEndsARunThatIsBusyBehindAPrefix(signal: Int32) throws {
        var random = Dice("while running")
        let text = Run.lines(400_000)
        for round in 0..<Self.rounds {
            let run = try Run(["-c", "v=upper", "--chunk-size", "50"], input: text + text)
            try run.untilItWatches()
            run.wait(milliseconds: random.below(60))
            // Half of them to all that belongs to the run, as from a terminal.
            run.send(signal, toGroup: round % 2 == 0)
            let end = try run.end()
            guard end.code != 0 else { continue }
            #expect(end.code == 128 + signal)
            #expect((text + text).uppercased().hasPrefix(end.output))
            let done = end.output.count { $0 == "\n" }
            #expect(end.lastLine == "procession: interrupted at record \(done + 1): \(Run.records(done)) done")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalEndsARunWhoseReaderIsSlow(signal: Int32) throws {
        var random = Dice("slow reader")
        let text = Run.lines(200_000)
        var blocked = 0
        defer { #expect(blocked > 0, "no round came as far as the full pipe") }
        for _ in 0..<Self.rounds {
            let run = try Run(["-c", "v=identity"], input: text, readsOutput: false)
            try run.untilItWatches()
            run.wait(milliseconds: 50 + random.below(150))
            run.send(signal)
            let end = try run.end(within: 1)
            #expect(end.code == 128 + signal)
            #expect(text.hasPrefix(end.output))
            blocked += end.output.isEmpty ? 0 : 1
            let done = end.output.count { $0 == "\n" }
            #expect(end.lastLine == "procession: interrupted at record \(done + 1): \(Run.records(done)) done")
        }
    }

    @Test func filtersAndWhatTheyHaveStartedAreGone() throws {
        var random = Dice("filters")
        let filter = "sleep 987 & while read line; do sleep 0.01; echo $line; done"
        for round in 0..<Self.rounds {
            let run = try Run(["-x", filter], input: Run.lines(10_000))
            try run.untilItWatches()
            run.wait(milliseconds: 30 + random.below(100))
            run.send(SIGTERM, toGroup: round % 2 == 0)
            let end = try run.end()
            #expect(end.code == 143)
            #expect(Run.lines(10_000).hasPrefix(end.output))
        }
    }

    @Test func aSecondSignalEndsItAtOnce() throws {
        // The reader takes nothing, so that the first signal alone would wait a little for it.
        var inTime = 0
        for _ in 0..<Self.rounds {
            let run = try Run(["-c", "v=identity"], input: Run.lines(200_000), readsOutput: false)
            try run.untilItWatches()
            run.wait(milliseconds: 50)
            run.send(SIGINT)
            run.wait(milliseconds: 10)
            let start = Instant.now
            run.send(SIGINT)
            #expect(try run.end(within: 1).code == 130)
            inTime += run.ended - start <= .milliseconds(100) ? 1 : 0
        }
        // Others work on this machine too.
        #expect(inTime > Self.rounds / 2)
    }

    @Test func anIgnoredSignalStaysIgnored() throws {
        let run = try Run(["-c", "v=identity"], input: "one\n", ignoring: "HUP")
        run.wait(milliseconds: 50)
        run.send(SIGHUP)
        let end = try run.end()
        #expect(end.code == 0)
        #expect(end.output == "one\n")
    }

    @Test func aStoppedRunDoesNotBlameItsRecords() throws {
        // A record takes half its limit, and all stand still in the middle of it for longer than that.
        let record = "n=0; while [ $n -lt 50 ]; do sleep 0.02; n=$((n + 1)); done"
        let filter = "while read line; do \(record); echo $line; done"
        let run = try Run(
            ["-j", "1", "--timeout", "2", "--retries", "0", "--chunk-size", "1", "-x", filter], input: Run.lines(1))
        try run.untilItWatches()
        run.wait(milliseconds: 500)
        run.send(SIGSTOP, toGroup: true)
        run.wait(milliseconds: 2500)
        run.send(SIGCONT, toGroup: true)
        let end = try run.end()
        #expect(end.code == 0, "\(end.lastLine)")
        #expect(end.output == Run.lines(1))
    }
}

/// Random numbers whose seed is printed, so that a round can be played again.
private struct Dice {
    private var numbers: SplitMix

    init(_ name: String) { numbers = SplitMix(seed: printedSeed(name)) }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &numbers) }
}

/// What another thread has read.
private final class Collected: Sendable {
    let bytes = Mutex(Data())
}

/// One run of `procession map` in a process group of its own, under a shell that has become it.
private final class Run {
    private let process = Process()
    private let output = Foundation.Pipe()
    private let messages = Foundation.Pipe()
    /// Kept open, so that input that is not given never ends.
    private let input = Foundation.Pipe()
    private let folder: URL
    private let readsOutput: Bool
    private let reading = DispatchGroup()
    private let collected = Collected()
    /// When its end was noticed.
    private(set) var ended = Instant.earliest

    struct End {
        let code: Int32
        let output: String
        let lastLine: String
    }

    static func records(_ count: Int) -> String { count == 1 ? "1 record" : "\(count) records" }

    static func lines(_ count: Int) -> String { (1...count).map { "record \($0)\n" }.joined() }

    init(_ arguments: [String], input text: String? = nil, readsOutput: Bool = true, ignoring: String? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "procession-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.readsOutput = readsOutput
        let binary = Bundle.main.executableURL!.deletingLastPathComponent().appending(path: "procession").path
        let source = folder.appending(path: "input")
        if let text { try text.write(to: source, atomically: false, encoding: .utf8) }
        // Foundation gives it a process group of its own, so that a signal to that does not reach the tests.
        process.executableURL = URL(filePath: "/bin/sh")
        let trap = ignoring.map { "trap '' \($0); " } ?? ""
        let redirection = text == nil ? "" : " < '\(source.path)'"
        process.arguments = ["-c", "\(trap)exec \"$@\"\(redirection)", "sh", binary, "map"] + arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = messages
        try process.run()
        if readsOutput {
            let (handle, collected) = (output.fileHandleForReading, collected)
            DispatchQueue.global().async(group: reading) {
                let bytes = handle.readDataToEndOfFile()
                collected.bytes.withLock { $0 = bytes }
            }
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Until the signals are watched: they are blocked in the process then.
    func untilItWatches() throws {
        let deadline = Instant.now + .seconds(20)
        while Instant.now < deadline {
            let path = "/proc/\(process.processIdentifier)/status"
            let blocked = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").first {
                $0.hasPrefix("SigBlk:")
            }?.suffix(16)
            if let blocked, let mask = UInt64(blocked, radix: 16), mask & 1 << UInt64(SIGTERM - 1) != 0 { return }
            if !process.isRunning { return }
            wait(milliseconds: 1)
        }
        Issue.record("the run does not begin")
    }

    func wait(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }

    func send(_ signal: Int32, toGroup: Bool = false) {
        // Not yet reaped, so the number is its own.
        if process.isRunning { kill(toGroup ? -process.processIdentifier : process.processIdentifier, signal) }
    }

    /// Waits for the end, and for a second at most until its group has no process any more.
    func end(within seconds: Double = 20) throws -> End {
        let deadline = Instant.now + .seconds(seconds)
        while process.isRunning, Instant.now < deadline { wait(milliseconds: 1) }
        #expect(!process.isRunning, "it does not end")
        if process.isRunning { kill(-process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        ended = .now

        let patience = Instant.now + .seconds(1)
        while !Self.living(inGroup: process.processIdentifier).isEmpty, Instant.now < patience {
            wait(milliseconds: 5)
        }
        #expect(Self.living(inGroup: process.processIdentifier) == [], "somebody is left behind")
        kill(-process.processIdentifier, SIGKILL)

        reading.wait()
        let written =
            readsOutput
            ? collected.bytes.withLock { $0 } : output.fileHandleForReading.readDataToEndOfFile()
        let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return End(
            code: process.terminationStatus, output: String(decoding: written, as: UTF8.self),
            lastLine: String(text.split(separator: "\n").last ?? ""))
    }

    /// Processes of a group that run. Whoever was killed with the run is init's to bury, which may take its time.
    private static func living(inGroup group: Int32) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int32($0) != nil }.compactMap { name in
            let text = (try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8)) ?? ""
            // Behind the command, which may hold spaces: state, parent, group.
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 2, Int32(fields[2]) == group, fields[0] != "Z", fields[0] != "X" else { return nil }
            return text
        }
    }
}
