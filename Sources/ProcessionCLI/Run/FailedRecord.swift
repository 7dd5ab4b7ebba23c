import Procession

/// A record that failed, and where it stands in the input.
struct FailedRecord: EndingError, CustomStringConvertible {
    var exitCode: ExitCode { .recordFailed }
    let failure: RecordFailure
    /// The line on which it begins, counted from 1; nil where a record is a line, and its number says as much.
    let line: Int?

    /// What is shown of it.
    var shown: ShownFailure {
        ShownFailure(index: failure.index, line: line, key: failure.key, reason: failure.reason)
    }

    var description: String { shown.description }
}

/// What people are shown of a record that failed.
struct ShownFailure: EndingError, Equatable, CustomStringConvertible {
    var exitCode: ExitCode { .recordFailed }
    var index: Int
    var line: Int?
    let key: String
    let reason: String

    /// Records are counted from 1 here.
    var description: String {
        let number = index + 1
        let place = line.map { "line \($0), key \(key)" } ?? "line \(number)"
        return "record \(number) (\(place)): \(reason)"
    }
}
