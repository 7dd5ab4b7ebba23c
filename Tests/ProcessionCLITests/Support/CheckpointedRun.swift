import Glibc
import ProcessionSystem
import Testing

/// A command with a checkpoint that is run, cut off, and run again, in a directory of its own.
///
/// The files are called `in`, `out` and `ckpt` there.
struct CheckpointedRun: ~Copyable {
    let directory: TemporaryDirectory
    let arguments: [String]

    init(_ arguments: [String], input: [UInt8]) throws {
        let directory = try TemporaryDirectory()
        _ = try directory.file("in", input)
        self.directory = directory
        self.arguments = arguments
    }

    init(_ arguments: String..., input: String) throws { try self.init(arguments, input: Array(input.utf8)) }

    /// The output and the end of the same command when nothing disturbs it and nothing is recorded.
    func undisturbed() throws -> (output: [UInt8], result: CommandResult) {
        let result = try run("in >reference")
        return (try contents("reference"), result)
    }

    /// Runs `procession map` with the command's own arguments and those in a shell's words, which may redirect too.
    func run(_ words: String, before preparation: String = "") throws -> CommandResult {
        try start(words, before: preparation).finish()
    }

    func start(_ words: String, before preparation: String = "") throws -> RunningCommand {
        try RunningCommand(
            script: preparation + "\nexec procession map \"$@\" " + words, arguments, directory: directory.path)
    }

    static let fresh = "in -o out --checkpoint ckpt"
    static let again = "in -o out --checkpoint ckpt --resume"

    /// Leaves the command cut off by `kill -9` with something recorded.
    func cutOff() throws {
        for _ in 0..<20 {
            // In small chunks, for in large ones it would be over before its first entry is seen.
            let run = try start(Self.fresh + " --chunk-size 1", before: "rm -f ckpt")
            try run.watch(until: { recordedEntries() > 0 })
            try run.kill(SIGKILL)
            // It may have been faster than we, with its last entry too, whose state says so.
            let wasKilled = try run.finish().status == -SIGKILL
            let bytes = try contents("ckpt")
            if wasKilled, bytes[bytes.count - 14] & 1 == 0 { return }
        }
        Issue.record("the run was over before it could be cut off")
    }

    /// Whether a run has begun to record.
    func hasHeader() -> Bool { (try? contents("ckpt"))?.isEmpty == false }

    /// How often something was recorded. The length of the header stands in its third word.
    func recordedEntries() -> Int {
        guard let bytes = try? contents("ckpt"), bytes.count > 18 else { return 0 }
        return (bytes.count - Int(bytes[16]) - Int(bytes[17]) << 8) / 72
    }

    func path(_ name: String) -> String { directory.path + "/" + name }

    func contents(_ name: String) throws -> [UInt8] { try File.contents(of: path(name)) }

    /// What lies in the directory.
    func names() throws -> [Substring] { try shell("ls -A", directory: directory.path).text.split(separator: "\n") }
}

extension RunningCommand {
    /// Until something that has to be looked at holds, or the run is over.
    func watch(until condition: () throws -> Bool) throws {
        while ending == nil, try !condition() { try wait(milliseconds: 1) }
    }

    /// So long, unless it ends before.
    func wait(milliseconds: Int) throws { try wait(upTo: .now + .milliseconds(milliseconds)) }
}
