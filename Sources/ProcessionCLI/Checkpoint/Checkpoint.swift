import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// Records in a file, about once a second, how far a run is safe on the disk, so that it can go on after it was cut
/// off.
///
/// First the output is brought to the disk, then the entry that claims it is written, then that is brought to the disk
/// too: whenever the run ends, and however, what the file says is true. It stays one file from beginning to end, locked
/// as long as the run lives; a temporary file that is renamed would be left behind by `kill -9`.
final class Checkpoint {
    /// Where this run goes on; the beginning if no run was before it.
    let start: RunPosition
    /// Whether the run before it was at its end, and nothing is left to do.
    let isComplete: Bool

    private let path: String
    /// Nil until a new run has come so far that it writes.
    private var file: LockedFile?
    private let output: Descriptor
    private let header: [UInt8]
    private let headerSum: CRC64
    private let onError: OnError
    /// Where the next entry goes.
    private var end: Int
    private var trail: Trail
    private var inputSum: CRC64
    /// Records that the file says are done.
    private var claimed: Int
    /// When the next entry is due, and how long after it the one that follows.
    private var due = Instant.earliest
    private var interval = Duration.milliseconds(10)
    /// From its first write on there is something to continue.
    private(set) var hasBegun = false
    /// The disk has once refused the output, and may not say so twice: nothing more may be claimed.
    private var isLost = false

    private static let longestInterval = Duration.seconds(1)

    /// - Parameters:
    ///   - origin: Where a run begins that continues none.
    ///   - log: What an earlier run has left and this one continues.
    init(
        _ path: String, _ file: LockedFile?, header: CheckpointHeader, onError: OnError,
        from origin: RunPosition = RunPosition(),
        continuing log: CheckpointLog?, output: consuming Descriptor
    ) {
        self.path = path
        self.file = file
        self.output = output
        self.header = header.encoded()
        headerSum = CheckpointHeader.sum(of: self.header)
        self.onError = onError
        start = log?.last?.position ?? origin
        isComplete = log?.last?.isComplete ?? false
        end = log?.end ?? 0
        trail = Trail(from: start)
        inputSum = start.inputSum
        claimed = start.records
    }

    /// Makes ready what is written: the checkpoint of a new run, and the output, cut back to where the run goes on.
    ///
    /// Throws a `CheckpointRefusal` when another run has begun meanwhile.
    func begin() throws {
        let header = header
        try writing {
            let file = try file ?? LockedFile.create(path)
            self.file = file
            if end == 0 {
                try File.setSize(of: file.number, to: 0)
                try File.write(file.number, all: header.span, at: 0)
                try File.sync(file.number)
                // Not every directory can be; and a name that is lost means no more than to start from the beginning.
                try? File.syncName(of: path)
                end = header.count
            }
        }
        hasBegun = true
        do {
            try File.setSize(of: output.number, to: start.output.bytes)
            try File.seek(output.number, to: start.output.bytes)
        } catch {
            throw OutputError(error: error)
        }
        due = .now + interval
    }

    // MARK: The run tells

    /// The input goes on at `start`.
    func hasMovedToStart() { inputSum = start.inputSum }

    /// These bytes of input are consumed.
    func consumed(_ bytes: Span<UInt8>) { inputSum.add(bytes) }

    /// With what is consumed a chunk ends: `records` are cut by now.
    func cut(records: Int, border: RecordSplitter.Border) {
        trail.cut(records: records, border: border, inputSum: inputSum)
    }

    /// `records` are done by now, and have made so much output when it is written.
    func accepted(records: Int, failed: Int, output: OutputFileOffset) {
        trail.accept(records: records, failed: failed, output: output)
    }

    /// So much output is written.
    func written(_ output: OutputFileOffset) { trail.settle(output) }

    /// Records how far the run has come, if it is time.
    func tick() throws {
        guard trail.written.records > claimed, .now >= due else { return }
        try claim(trail.written)
    }

    // MARK: Endings

    /// Records how far a run has come that ends too early. That is not the time to complain: what was recorded before
    /// is still true.
    func save() {
        guard hasBegun, trail.written.records > claimed else { return }
        try? claim(trail.written)
    }

    /// Records that all is done, the tail of the input and what stands behind the last record included.
    func complete(records: Int, failed: Int, output: OutputFileOffset, border: RecordSplitter.Border) throws {
        try claim(
            RunPosition(
                border: border, inputSum: inputSum, records: records, failed: failed, output: output),
            isComplete: true)
    }

    /// Takes back all that was recorded, because the output cannot be trusted.
    func forget() {
        guard hasBegun else { return }
        isLost = true
        try? File.setSize(of: file!.number, to: header.count)
        try? File.sync(file!.number)
    }

    private func claim(_ position: RunPosition, isComplete: Bool = false) throws {
        guard !isLost else { return }
        let begun = Instant.now
        let tail: CRC64
        do {
            try File.sync(output.number)
            tail = try CRC64(ofTail: output.number, before: position.output)
        } catch {
            isLost = true
            throw OutputError(error: error)
        }
        let entry = CheckpointEntry(position: position, tailSum: tail.value, onError: onError, isComplete: isComplete)
            .encoded(below: headerSum)
        try writing {
            // Always at the same place until it succeeds, over a torn one that was left there.
            try File.write(file!.number, all: entry.span, at: end)
            try File.sync(file!.number)
        }
        end += CheckpointEntry.byteCount
        claimed = position.records
        // Soon at first, so that a short run has something to continue; and never for more than a tenth of the time.
        interval = min(interval * 2, Self.longestInterval)
        let now = Instant.now
        due = now + max(interval, (now - begun) * 10)
    }

    private func writing(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as SystemError {
            throw CheckpointError(path: path, error: error)
        }
    }
}

/// A checkpoint that cannot be written.
struct CheckpointError: EndingError, CustomStringConvertible {
    let path: String
    let error: SystemError
    var exitCode: ExitCode { .outputFailed }
    var description: String { "checkpoint \(shown(path: path)) cannot be written: \(error.reason)" }
}
