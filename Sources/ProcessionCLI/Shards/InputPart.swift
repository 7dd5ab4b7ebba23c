import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// A part of the input, for a run that maps nothing else: where it begins and ends, and what the run has come to.
///
/// Such a run writes texts only: no header row, no brackets, and every text with its separator. So the texts of all parts,
/// one behind the other, are those of the whole.
final class InputPart {
    let span: ShardSpan
    let beginning: InputBeginning
    /// What a checkpoint of this part says of its run.
    let header: CheckpointHeader
    /// Stands before what is said of the run.
    let name: String
    /// The first records that failed, of earlier attempts too.
    let failures: FailureNotes

    /// What the run has come to, however it has ended.
    var outcome = RecordStream.Outcome()
    var figures = RunFigures(window: 0)
    /// Where it stands in the input.
    var border = RecordSplitter.Border()
    /// The texts of the second and further columns, when split.
    var laterColumns: [[UInt8]] = []
    /// What has ended it before its time.
    var error: (any Error)?
    var filterFailed = false

    init(
        _ span: ShardSpan, _ beginning: InputBeginning, _ header: CheckpointHeader, named shard: Shard,
        failures: FailureNotes
    ) {
        (self.span, self.beginning, self.header, self.failures) = (span, beginning, header, failures)
        // Without an index nobody has counted what stands before it.
        name =
            "\(shard)"
            + (span.isCounted || span.begin.offset == 0
                ? "" : ", whose records and lines are counted from byte \(span.begin.offset)")
    }

    /// Where the run begins, unless an earlier attempt has come farther. The first part begins behind the header row.
    var start: RunPosition {
        guard span.begin.border.place == .start else {
            return RunPosition(border: span.begin.border, records: span.begin.records)
        }
        return RunPosition(border: beginning.splitter.border, inputSum: beginning.sum)
    }

    /// Takes what a run has come to.
    func take(_ outcome: RecordStream.Outcome, _ stream: RecordStream) {
        (self.outcome, border, laterColumns) = (outcome, stream.border, stream.laterColumns)
    }

    /// Takes what an earlier attempt had come to, which was at its end.
    func take(_ end: RunPosition) {
        outcome.done = end.records - start.records
        outcome.failed = end.failed
        border = end.border
    }
}

/// The first records of a shard that failed, in a file beside its checkpoint: whoever goes on there names them, too.
final class FailureNotes {
    private let path: String
    /// Those of earlier attempts and of this one.
    private(set) var all: [ShownFailure]
    /// How many are of earlier ones.
    private let adopted: Int

    /// - Parameter earlier: What the file says already of the records that are not mapped again.
    init(_ path: String, continuing earlier: [ShownFailure]) {
        (self.path, all, adopted) = (path, earlier, earlier.count)
    }

    /// Notes those of this attempt that are new, before a checkpoint counts them.
    func note(_ failures: [FailedRecord]) throws {
        let known = all.count - adopted
        guard failures.count > known, all.count < RecordOutput.shownFailures else { return }
        let new = failures[known...].prefix(RecordOutput.shownFailures - all.count).map(\.shown)
        all += new
        try Self.write(new, to: path)
    }

    static func write(_ failures: some Collection<ShownFailure>, to path: String) throws {
        guard !failures.isEmpty else { return }
        do throws(SystemError) {
            let file = try File.open(path, O_WRONLY | O_CREAT | O_APPEND)
            try File.write(file.number, text: failures.map { $0.value.line + "\n" }.joined())
            try File.sync(file.number)
        } catch {
            throw OutputError(error: error)
        }
    }

    /// What another attempt has noted of the records before `record`; a line that is torn is of one behind.
    static func noted(in path: String, before record: Int) -> [ShownFailure] {
        let lines = ((try? File.contents(of: path)) ?? []).split(separator: UInt8(ascii: "\n"))
        return lines.compactMap { JSONValue(parsing: Array($0)).flatMap(ShownFailure.init(_:)) }
            .filter { $0.index < record }
    }
}
