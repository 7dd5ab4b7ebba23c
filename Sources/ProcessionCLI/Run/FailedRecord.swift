import Procession

/// A record that failed, and where it stands in the input.
struct FailedRecord: EndingError, CustomStringConvertible {
    var exitCode: ExitCode { .recordFailed }
    let failure: RecordFailure
    /// The line on which it begins, counted from 1; nil where a record is a line, and its number says as much.
    let line: Int?

    /// Records are counted from 1 here.
    var description: String {
        let number = failure.index + 1
        let place = line.map { "line \($0), key \(failure.key)" } ?? "line \(number)"
        return "record \(number) (\(place)): \(failure.reason)"
    }
}
