import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// What an earlier run has left is looked at from all sides before anything is changed: a run that is refused leaves
/// checkpoint and output as they were.
extension Checkpoint {
    /// Locks the checkpoint, if there is one, and refuses what does not fit to the run that is wanted.
    convenience init(
        _ path: String, resumes: Bool, header: CheckpointHeader, onError: OnError,
        from origin: RunPosition = RunPosition(),
        input: borrowing Descriptor, output: () throws -> Descriptor
    ) throws {
        let file = try LockedFile.open(path)
        let log = try file.flatMap { try Self.log(in: $0, resumes: resumes, header) }
        let output = try output()
        if let log, let last = log.last {
            try Self.compare(log.header, last, with: header, onError)
            try Self.compare(input: input.number, output: output.number, with: last, from: origin)
        }
        self.init(path, file, header: header, onError: onError, from: origin, continuing: log, output: output)
    }

    /// What is to be continued, or nil.
    private static func log(
        in file: LockedFile, resumes: Bool, _ header: CheckpointHeader
    ) throws -> CheckpointLog? {
        let bytes = try File.rest(of: file.number)
        // A run that was cut off while it began has left so much of its header.
        if header.encoded().starts(with: bytes) { return nil }
        let log = try CheckpointLog(parsing: bytes)
        guard let last = log.last, resumes || !last.isComplete else { return nil }
        guard resumes else { throw CheckpointRefusal.isUnfinished(records: last.position.records) }
        return log
    }

    private static func compare(
        _ earlier: CheckpointHeader, _ last: CheckpointEntry, with header: CheckpointHeader, _ onError: OnError
    ) throws(CheckpointRefusal) {
        guard earlier.program == header.program else {
            throw .isOfOtherProgram(earlier.program, here: header.program)
        }
        if let difference = earlier.command.difference(from: header.command) { throw .isOfOtherCommand(difference) }
        guard last.position.failed == 0 || last.onError == onError else {
            throw .isOfOtherCommand(
                "\(last.position.failed) records have failed with --on-error \(last.onError), "
                    + "and this is with --on-error \(onError)")
        }
        guard earlier.inputSize == header.inputSize else {
            throw .isOfOtherInput("it had \(earlier.inputSize) bytes, and has \(header.inputSize)")
        }
        guard earlier.inputModified == header.inputModified else { throw .isOfOtherInput("it was written to since") }
    }

    private static func compare(
        input: Int32, output: Int32, with last: CheckpointEntry, from origin: RunPosition
    ) throws {
        let (read, written) = (last.position.border.offset, last.position.output)
        let size = try File.status(of: output).size
        guard size >= written.bytes else {
            throw CheckpointRefusal.isOfOtherOutput("it has \(size) bytes, and \(written.bytes) were written")
        }
        guard !last.isComplete || size == written.bytes else {
            throw CheckpointRefusal.isOfOtherOutput("it has \(size) bytes, and \(written.bytes) were all of it")
        }
        guard try CRC64(ofTail: output, before: written).value == last.tailSum else {
            throw CheckpointRefusal.isOfOtherOutput("other bytes stand before offset \(written.bytes)")
        }
        let begin = min(origin.border.offset, read)
        let sum = try CRC64(of: input, begin.bytes..<read.bytes, behind: origin.inputSum)
        guard sum == last.position.inputSum else {
            throw CheckpointRefusal.isOfOtherInput("its first \(read.bytes) bytes are not those that were mapped")
        }
    }
}
