import Glibc
import ProcessionSystem
import Testing

/// How a run came out.
struct CommandResult {
    var output: [UInt8]
    var errors: String
    var ending: Ending

    var text: String { String(decoding: output, as: UTF8.self) }
    /// The exit status; minus the number of the signal that ended it.
    var status: Int32 {
        switch ending {
        case .exited(let status): status
        case .signalled(let signal): -signal
        case .statusLost: .min
        }
    }
    var errorLines: [Substring] { errors.split(separator: "\n") }
}

/// Runs `procession` with these arguments to its end.
///
/// - Parameter redirection: In the shell's words, such as `</dev/null` or `>&-`.
func procession(
    _ arguments: String..., input: [UInt8] = [], redirection: String = "", environment: [String] = [],
    directory: String = "/", sourceLocation: SourceLocation = #_sourceLocation
) throws -> CommandResult {
    let run = try RunningCommand(
        script: "exec procession \"$@\" \(redirection)", arguments, environment: environment, directory: directory)
    try run.send(input)
    return try run.finish(sourceLocation: sourceLocation)
}

func procession(
    _ arguments: String..., input: String, redirection: String = "", sourceLocation: SourceLocation = #_sourceLocation
) throws -> CommandResult {
    let run = try RunningCommand(script: "exec procession \"$@\" \(redirection)", arguments)
    try run.send(input)
    return try run.finish(sourceLocation: sourceLocation)
}

/// Runs a shell script to its end.
func shell(_ script: String, _ arguments: String..., directory: String = "/") throws -> CommandResult {
    try RunningCommand(script: script, arguments, directory: directory).finish()
}

/// Starts `procession` and leaves it running.
func start(_ arguments: String...) throws -> RunningCommand {
    try RunningCommand(script: "exec procession \"$@\"", arguments)
}

/// Compares outputs that are too long to be shown when they differ.
func expectSame(
    _ output: [UInt8], _ expected: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
) {
    guard output != expected else { return }
    let position =
        zip(output, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(output.count, expected.count)
    func around(_ bytes: [UInt8]) -> String {
        String(
            decoding: bytes[max(0, min(position, bytes.count) - 30)..<min(position + 30, bytes.count)], as: UTF8.self)
    }
    Issue.record(
        """
        differs at byte \(position): \(output.count) bytes where \(expected.count) were expected, \
        '\(around(output))' instead of '\(around(expected))'
        """, sourceLocation: sourceLocation)
}

/// All suites of the command line, one test at a time: each run takes all cores.
@Suite(.serialized) enum CommandLineTests {}

/// A directory that goes with its owner, and all that is in it.
struct TemporaryDirectory: ~Copyable {
    let path: String

    init() throws {
        path = "/tmp/procession-tests-\(RandomSeed.random64())"
        // Safe: the path lives during the call.
        try #require(unsafe mkdir(path, 0o700) == 0)
    }

    deinit { _ = try? shell("exec rm -rf \"$1\"", path) }

    /// Makes a file and returns its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(path)/\(name)"
        let file = try File.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        try File.write(file.number, all: bytes.span)
        return path
    }

    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }
}
