import Glibc
import Procession
import ProcessionRecords
import ProcessionSystem

// How a run ends by the errors of the rooms below.

extension Interrupted: EndingError {
    var exitCode: ExitCode { .signal(signal) }
    func sentence(of run: RunAccount) -> String { "interrupted at record \(run.done + 1): \(run.progress)" }
}

extension PlanError: EndingError {
    var exitCode: ExitCode { .usage }
    func sentence(of run: RunAccount) -> String { message }
}

extension RecordSyntaxError: EndingError {
    var exitCode: ExitCode { .malformedInput }

    func sentence(of run: RunAccount) -> String {
        if let foreign {
            return "\(run.input) \(message); write: \(foreign.way(file: run.input.file)); \(run.progress)"
        }
        return "\(run.input), \(self)\(hint(for: run.input.guessedFormat)); stopped there, \(run.progress)"
    }

    /// What to say of a format that was only guessed, where that is the likely cause: no whole record came before.
    private func hint(for format: RecordFormat?) -> String {
        let way: String
        switch format {
        case .json where line <= 2: way = "-f ndjson reads an object per line"
        case .ndjson where line == 1: way = "-f json reads one object of any length"
        case .csv where line <= 2, .tsv where line <= 2: way = "-f lines takes every line as it is"
        default: return ""
        }
        return " (read as \(format?.rawValue ?? "") because of its name; \(way))"
    }
}

extension PoolError: EndingError {
    var exitCode: ExitCode { code == .workersDie || code == .functionBroken ? .recordFailed : .outOfResources }
}
