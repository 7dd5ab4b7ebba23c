import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem
import Synchronization
import Testing

internal import Syncs

@testable import ProcessionCLI

/// What a checkpoint is worth when the power fails, on a disk that loses whatever was not synced. In a process of its
/// own, because it hears of every sync of its process.
struct CheckpointDiskTests {
    @Test func aRunIsContinuedWhereItWasRecordedLast() async {
        await #expect(processExitsWith: .success) {
            Disk.begin()
            let run = try RecordedRun()
            for records in [10, 25, 40] {
                try run.do(records)
                run.checkpoint.save()
                let next = try run.afterLossOfPower()
                #expect(next.start.records == records)
                #expect(!next.isComplete)
            }
            try run.complete()
            let next = try run.afterLossOfPower()
            #expect(next.start.records == 40)
            #expect(next.isComplete)
        }
    }

    /// What was written since the last entry may be on the disk or not.
    @Test func whatIsRecordedIsTrueWhateverElseIsOnTheDisk() async {
        await #expect(processExitsWith: .success) {
            Disk.begin()
            let run = try RecordedRun()
            try run.do(10)
            run.checkpoint.save()
            try run.do(25)
            #expect(try run.afterLossOfPower().start.records == 10)
            try Disk.add(run.paths.output)
            #expect(try run.afterLossOfPower().start.records == 10)
        }
    }
}

/// The name of an output means a whole file, also when the power fails.
struct OutputDiskTests {
    @Test func anOutputIsOnTheDiskBeforeItGetsItsName() async {
        await #expect(processExitsWith: .success) {
            Disk.begin()
            let directory = try TemporaryDirectory()
            let file = try GrowingFile(beside: directory.path + "/out", like: nil)
            let writer = try file.writer()
            try File.write(writer.number, text: "all of it")
            try file.takePlace()
            #expect(Disk.bytes(of: file.path) == Array("all of it".utf8))
        }
    }
}

/// The disk below a process: of each file the bytes that it had when it was last synced, if its directory was synced
/// since it got its name.
private enum Disk {
    private static let bytes = Mutex<[String: [UInt8]]>([:])
    private static let names = Mutex<[String: Set<String>]>([:])

    static func begin() {
        tell_of_syncs { descriptor in
            do {
                try Disk.add(ResourceCensus.openDescriptors()[descriptor]!)
            } catch {
                fatalError("\(error)")
            }
        }
    }

    /// A file as it is now, or the names in a directory.
    static func add(_ path: String) throws {
        let list = try shell("[ -d \"$1\" ] && ls \"$1\"", path)
        if list.status == 0 {
            names.withLock { $0[path] = Set(list.text.split(separator: "\n").map { "\(path)/\($0)" }) }
        } else {
            let content = try File.contents(of: path)
            bytes.withLock { $0[path] = content }
        }
    }

    /// What a file held when it was last synced.
    static func bytes(of path: String) -> [UInt8]? { bytes.withLock { $0[path] } }

    /// What is there when the power comes back; nil where there is no such name.
    static subscript(path: String) -> [UInt8]? {
        let isNamed = names.withLock { names in names.values.contains { $0.contains(path) } }
        return isNamed ? bytes(of: path) ?? [] : nil
    }
}

/// A run that makes a byte of output from each byte of its input, with output and checkpoint in directories of their
/// own.
private final class RecordedRun {
    let checkpoint: Checkpoint
    let paths: (input: String, output: String, checkpoint: String)
    private let first, second: TemporaryDirectory
    private let output: Descriptor
    private static let input = (0..<40).map { UInt8($0) }
    private static let header = CheckpointHeader(
        program: "1", inputSize: 40, inputModified: 1, command: Fingerprint(parts: []))

    init() throws {
        first = try TemporaryDirectory()
        second = try TemporaryDirectory()
        paths = (try first.file("in", Self.input), first.path + "/out", second.path + "/ckpt")
        let file = try OutputFile(paths.output, growsInPlace: true)
        checkpoint = try Self.checkpoint(paths.input, file, paths.checkpoint)
        output = try file.begin()
        try checkpoint.begin()
    }

    private static func checkpoint(_ input: String, _ output: OutputFile, _ path: String) throws -> Checkpoint {
        try Checkpoint(
            path, resumes: true, header: header, onError: .fail, input: File.open(input, O_RDONLY),
            output: output.duplicate)
    }

    /// So many records in all.
    func `do`(_ records: Int) throws {
        let done = File.place(of: output.number)!
        let bytes = Self.input[done..<records].span
        checkpoint.consumed(bytes)
        var border = RecordSplitter.Border()
        border.offset = FileOffset(bytes: records)
        checkpoint.cut(records: records, border: border)
        checkpoint.accepted(records: records, failed: 0, output: FileOffset(bytes: records))
        try File.write(output.number, all: bytes)
        checkpoint.written(FileOffset(bytes: records))
    }

    func complete() throws {
        var border = RecordSplitter.Border()
        border.offset = FileOffset(bytes: Self.input.count)
        try checkpoint.complete(
            records: Self.input.count, failed: 0, output: FileOffset(bytes: Self.input.count), border: border)
    }

    /// The run that goes on with what is on the disk.
    func afterLossOfPower() throws -> Checkpoint {
        let directory = try TemporaryDirectory()
        if let bytes = Disk[paths.output] { _ = try directory.file("out", bytes) }
        if let bytes = Disk[paths.checkpoint] { _ = try directory.file("ckpt", bytes) }
        let output = try OutputFile(directory.path + "/out", growsInPlace: true)
        return try Self.checkpoint(paths.input, output, directory.path + "/ckpt")
    }
}
