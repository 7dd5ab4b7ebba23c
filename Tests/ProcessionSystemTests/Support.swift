import Glibc
import ProcessionSystem
import Testing

/// Both ends of a pipe.
struct Pipe: ~Copyable {
    let reader: Descriptor
    let writer: Descriptor

    init() throws {
        var ends: [Int32] = [-1, -1]
        // Safe: pipe fills two numbers, and there is room for two.
        let result = unsafe pipe(&ends)
        try #require(result == 0)
        reader = Descriptor(owning: ends[0])
        writer = Descriptor(owning: ends[1])
    }
}

/// All that comes until the other end is closed everywhere.
func bytesToEnd(_ descriptor: Int32, patience: Duration = .seconds(20)) throws -> [UInt8] {
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
        var items = [PollItem(descriptor: descriptor, wants: .read)]
        try #require(try poll(&items, timeout: patience) == 1, "the end of the file does not come")
        var span = part.mutableSpan
        let count = try File.read(descriptor, into: &span)
        if count == 0 { return all }
        all += part[..<count]
    }
}

func textToEnd(_ descriptor: Int32) throws -> String {
    String(decoding: try bytesToEnd(descriptor), as: UTF8.self)
}

func write(_ text: String, to descriptor: Int32) throws {
    let bytes = Array(text.utf8)
    try File.write(descriptor, all: bytes.span)
}

/// A shell that runs `script`.
func shell(_ script: String, environment: [String] = [], descriptors: [(from: Int32, to: Int32)] = []) -> SpawnRequest {
    SpawnRequest(
        path: "/bin/sh", arguments: ["sh", "-c", script], environment: environment, descriptors: descriptors)
}

/// What a shell writes to descriptor 3 while it runs `script`.
func output(of script: String, environment: [String] = [], patience: Duration = .seconds(20)) throws -> String {
    let pipe = try Pipe()
    let child = try ChildProcess.spawn(
        shell(script, environment: environment, descriptors: [(from: pipe.writer.number, to: 3)]))
    pipe.writer.close()
    let bytes = try bytesToEnd(pipe.reader.number, patience: patience)
    child.killAndReap()
    return String(decoding: bytes, as: UTF8.self)
}

/// Waits for the end of a child, which must come, and tells how it was.
func ending(of child: borrowing ChildProcess) throws -> Ending {
    var items = [PollItem(descriptor: child.handle.number, wants: .read)]
    let ready = try poll(&items, timeout: .seconds(20))
    try #require(ready == 1, "the child does not end")
    return try #require(try child.reap())
}

/// Waits until a child has stopped itself (`kill -STOP $$`), so that it can be looked at in peace.
func waitUntilStopped(_ child: borrowing ChildProcess) throws {
    let limit = Instant.now + .seconds(20)
    while try statusField("State", of: child.pid).first != "T" {
        try #require(Instant.now < limit, "the child does not stop")
        sched_yield()
    }
}

/// A line of /proc/PID/status.
func statusField(_ name: String, of pid: Int32) throws -> String {
    let text = String(decoding: try File.contents(of: "/proc/\(pid)/status"), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return try #require(line).dropFirst(name.count + 1).drop { $0 == "\t" || $0 == " " }.description
}

/// What this process holds once it has stood still for a moment: a test run that has just started still opens its own.
func settledCensus() throws -> ResourceCensus {
    while true {
        let first = try ResourceCensus()
        usleep(100_000)
        let second = try ResourceCensus()
        if first == second { return second }
    }
}
