import Glibc
import ProcessionSystem
import Testing

/// The built `procession`, running: what it is fed, what it has written so far, and how it ended.
///
/// Nothing here waits without a limit. Both outputs are read while input is written, so that no pipe that is full on
/// one side makes the other side wait for ever.
final class RunningCommand {
    private let child: ChildProcess
    /// Is in the environment of every process of this run, and of no other.
    private let mark: String
    private var input, output, errors: Descriptor?
    private var deadline: Instant
    /// What has come on standard output, and on standard error.
    private(set) var written: [UInt8] = []
    private(set) var complaints: [UInt8] = []
    private(set) var ending: Ending?

    /// The run did not come to an end, and was killed.
    struct Hang: Error, CustomStringConvertible {
        let description: String
    }

    var pid: Int32 { child.pid }

    /// Starts a shell script in which `procession` means the one that was built; `$1` and so on are the arguments.
    ///
    /// The script replaces itself by the program it ends with (`exec`), so that `pid` is that of `procession`.
    init(
        script: String, _ arguments: [String] = [], environment: [String] = [], directory: String = "/",
        descriptors: [(from: Int32, to: Int32)] = [], limit: Duration = .seconds(60)
    ) throws {
        deadline = .now + limit
        // A child that has gone is noticed by what it left, not by a signal.
        try WorkerIdentity.ignoreSignal(SIGPIPE)
        let inputs = try Pipe()
        let outputs = try Pipe()
        let complaints = try Pipe()
        mark = "PROCESSION_TEST_RUN=\(RandomSeed.random64())"
        let path = try Self.environmentPath()
        child = try ChildProcess.spawn(
            SpawnRequest(
                path: "/bin/bash",
                arguments: [
                    "bash", "-c", "exec <&3 >&4 2>&5 3<&- 4>&- 5>&-; cd \"$0\"; " + script, directory,
                ] + arguments,
                environment: ["PATH=\(path)", mark] + environment,
                descriptors: [
                    (from: inputs.reader.number, to: 3), (from: outputs.writer.number, to: 4),
                    (from: complaints.writer.number, to: 5),
                ] + descriptors))
        input = try inputs.writer.duplicate()
        output = try outputs.reader.duplicate()
        errors = try complaints.reader.duplicate()
    }

    /// The directory of the test bundle, where `procession` is built too, before the others.
    private static func environmentPath() throws -> String {
        let link = try File.contents(of: "/proc/self/environ").split(separator: 0)
            .first { $0.starts(with: "PATH=".utf8) }
        let path = link.map { String(decoding: $0.dropFirst(5), as: UTF8.self) } ?? "/usr/bin:/bin"
        return try builtProducts() + ":" + path
    }

    // MARK: Talking to it

    /// Writes to its standard input, as far as it reads.
    func send(_ bytes: [UInt8]) throws {
        var position = 0
        while position < bytes.count, input != nil, ending == nil {
            try pump(wantsInput: true) { input in
                // A pipe that poll calls writable takes a page without waiting.
                let end = min(position + 4096, bytes.count)
                do throws(SystemError) {
                    try File.write(input, all: bytes[position..<end].span)
                    position = end
                } catch  where error.code == EPIPE {
                    self.input = nil
                }
            }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func closeInput() { input = nil }

    /// As a reader does that has seen enough.
    func closeOutput() { output = nil }

    func kill(_ signal: Int32) throws { try child.kill(signal) }

    /// Reads its outputs until `condition` holds, or it has ended and they have too.
    func wait(until condition: () throws -> Bool) throws {
        while try !condition(), ending == nil || output != nil || errors != nil { try pump() }
    }

    /// Reads its outputs until a moment, or until it has ended.
    func wait(upTo moment: Instant) throws {
        while ending == nil, Instant.now < moment {
            try pump(patience: moment - .now)
        }
    }

    /// Everything there is to know of the run, once it has ended; its input is closed first.
    func finish(sourceLocation: SourceLocation = #_sourceLocation) throws -> CommandResult {
        closeInput()
        try wait { false }
        let survivors = try survivorsAfterASecond()
        #expect(survivors == [], "processes of the run are left", sourceLocation: sourceLocation)
        return CommandResult(
            output: written, errors: String(decoding: complaints, as: UTF8.self), ending: ending ?? .statusLost)
    }

    // MARK: Waiting

    /// Waits until it has been stopped by a signal, or has ended, without letting anybody know.
    func waitUntilStopped() throws {
        while Instant.now < deadline {
            let status = String(decoding: (try? File.contents(of: "/proc/\(pid)/stat")) ?? [], as: UTF8.self)
            // "123 (name) T …"; Z is an ended one that nobody has reaped.
            if status.contains(") T ") || status.contains(") Z ") || status.isEmpty { return }
            try pump(patience: .milliseconds(10))
        }
    }

    private func pump(
        wantsInput: Bool = false, patience: Duration = .seconds(1), sending: (Int32) throws -> Void = { _ in }
    ) throws {
        var items = [
            PollItem(descriptor: wantsInput ? input?.number ?? -1 : -1, wants: .write),
            PollItem(descriptor: output?.number ?? -1, wants: .read),
            PollItem(descriptor: errors?.number ?? -1, wants: .read),
            PollItem(descriptor: ending == nil ? child.handle.number : -1, wants: .read),
        ]
        guard Instant.now < deadline else { throw try hang() }
        try poll(&items, timeout: patience)
        if items[1].ready != [], try !Self.take(from: items[1].descriptor, &written) { output = nil }
        if items[2].ready != [], try !Self.take(from: items[2].descriptor, &complaints) { errors = nil }
        if items[0].ready != [] { try sending(items[0].descriptor) }
        if items[3].ready != [] {
            ending = try child.reap()
            // Whoever still holds its outputs open after that was left behind.
            deadline = min(deadline, Instant.now + .seconds(5))
        }
    }

    /// Reads what there is; false at the end.
    private static func take(from descriptor: Int32, _ bytes: inout [UInt8]) throws -> Bool {
        var part = [UInt8](repeating: 0, count: 65536)
        var span = part.mutableSpan
        let count = try File.read(descriptor, into: &span)
        bytes += part[..<count]
        return count > 0
    }

    private func hang() throws -> Hang {
        let processes = try processes(marked: mark)
        for pid in processes { Glibc.kill(pid, SIGKILL) }
        return Hang(
            description: "no end in the time it had; killed \(processes); output \(written.count) bytes, errors: "
                + String(decoding: complaints, as: UTF8.self))
    }

    // MARK: Its processes

    /// The workers that it has now.
    func workers() throws -> [Int32] { try children(of: pid) }

    /// The processes of this run that a second has not been enough for.
    func survivorsAfterASecond() throws -> [Int32] {
        let limit = Instant.now + .seconds(1)
        while true {
            let left = try processes(marked: mark)
            if left.isEmpty || Instant.now > limit { return left }
            usleep(2000)
        }
    }
}

/// Both ends of a pipe. No child inherits them by accident: `ChildProcess` closes what it was not told to keep.
private struct Pipe: ~Copyable {
    let reader, writer: Descriptor

    init() throws {
        var ends: [Int32] = [-1, -1]
        // Safe: pipe fills two numbers, and there is room for two.
        let result = unsafe pipe(&ends)
        try #require(result == 0)
        reader = Descriptor(owning: ends[0])
        writer = Descriptor(owning: ends[1])
    }
}
