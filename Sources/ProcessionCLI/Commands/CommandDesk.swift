import Glibc
import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// Starts the commands of a plan in a worker, one at a time: a process per record and column, without a shell.
///
/// Time and memory are limited as those of any function, by the parent, which kills the worker; the worker's guard ends
/// the command then.
final class CommandDesk: CommandStarter {
    private let runner: ProgramRunner
    /// By column, its name and the file of its program.
    private let programs: [(column: FieldName, path: String?)]
    private let care: CommandCare
    /// Why the run cannot go on: no process can be started.
    private(set) var surrender: String?

    init(_ plan: RecordPlan, _ care: CommandCare) throws(SystemError) {
        runner = try ProgramRunner()
        programs = plan.columns.map { column in
            (column.name, column.function.command.flatMap { try? ProgramChoice.path(of: $0, for: column.name) })
        }
        self.care = care
    }

    func run(_ column: Int, _ words: CommandWords) throws(ValueFailure) -> [UInt8] {
        let (name, path) = programs[column]
        guard let path else { throw ValueFailure("\(Self.command(of: name)) is not found any more") }
        let list = CStringList(texts: words.text, starts: words.starts)
        var attempts = 0
        while true {
            attempts += 1
            let run = try start(path, list, for: name)
            if run.ending == .exited(0), !run.wroteTooMuch {
                return Array(run.output.last == newline ? run.output.dropLast() : run.output[...])
            }
            if case .signalled = run.ending, !run.wroteTooMuch, attempts <= care.retries { continue }
            throw ValueFailure(reason(run, name) + (attempts > 1 ? ", tried \(attempts) times" : ""))
        }
    }

    private let newline = UInt8(ascii: "\n")

    private func start(_ path: String, _ words: CStringList, for column: FieldName) throws(ValueFailure)
        -> ProgramRunner.Run
    {
        do throws(SystemError) {
            return try runner.run(path, words, limit: care.mostOutput)
        } catch {
            let name = Self.command(of: column)
            guard error.code != E2BIG else {
                throw ValueFailure(
                    "\(name) has arguments that are too long: the kernel takes 128 KiB each, and a few MiB of all; let it read "
                        + "what is longer from a file")
            }
            let reason = "\(name) cannot be started: \(error)\(Self.wayOut(of: error))"
            surrender = reason
            throw ValueFailure(reason)
        }
    }

    private static func wayOut(of error: SystemError) -> String {
        switch error.code {
        case ENOEXEC: "; a script needs a first line such as #!/bin/sh"
        case ENOENT: "; does the interpreter in its first line exist?"
        case _ where error.isUnavailable || error.code == EACCES: ""
        default: "; raise the limit on processes or descriptors, or ask for fewer workers"
        }
    }

    private func reason(_ run: ProgramRunner.Run, _ column: FieldName) -> String {
        guard !run.wroteTooMuch else {
            return
                "\(Self.command(of: column)) wrote more than \(byteText(care.mostOutput)) and was killed; give more with --window"
        }
        let said = run.lastLine.isEmpty ? "" : ": " + clipped(run.lastLine.span, limit: 200)
        return "\(Self.command(of: column)) \(run.ending)\(said)"
    }

    private static func command(of column: FieldName) -> String { "the command of column \(column)" }
}

/// What workers must know of commands beside the plan.
struct CommandCare: Equatable {
    /// Further attempts for a record whose command was killed by a signal.
    var retries = 0
    /// Bytes that a command may write.
    var mostOutput = 0
}

/// Which file a command's program is.
enum ProgramChoice {
    /// Looked up along PATH.
    static func path(of command: CommandTemplate, for column: FieldName) throws(PlanError) -> String {
        let name = String(given: command.program)
        switch ProgramFile.find(name) {
        case .found(let path): return path
        case .missing where command.program.contains(UInt8(ascii: "/")):
            throw PlanError(
                "column \(column): there is no command \(shown(name)), which a shell would say with status 127")
        case .missing:
            let hint =
                ProgramFile.find("./" + name) == .missing ? "give its path" : "write ./\(name) for the one that is here"
            throw PlanError(
                "column \(column): no command \(shown(name)) along PATH, which a shell would say with status 127; \(hint)"
            )
        case .notExecutable(let path):
            throw PlanError("column \(column): \(shown(path)) cannot be executed; allow it, as by chmod +x")
        }
    }
}
