#if DEBUG
    import Glibc
    import ProcessionCommandSystem
    import ProcessionRecords
    import ProcessionSystem
    import Testing

    @testable import ProcessionCLI

    /// What a checkpoint claims when the disk does not do what it is asked. Faults are the whole process's, so each of
    /// these runs in a process of its own.
    struct CheckpointFaultTests {
        @Test func whatMayHaveMissedTheDiskIsNeverClaimed() async {
            await #expect(processExitsWith: .success) {
                let files = try Files()
                let checkpoint = try files.checkpoint()
                try checkpoint.begin()
                try files.do(10, checkpoint)
                FaultInjection.fail(.fdatasync, nth: 1, errno: EIO)
                #expect(throws: OutputError.self) { try checkpoint.complete(at: 10) }
                // The kernel says it once only. To ask again is answered by success, and to believe that would be a
                // lie.
                checkpoint.save()
                try checkpoint.complete(at: 10)
                #expect(try files.log().last == nil)
            }
        }

        @Test func anEntryThatCouldNotBeWrittenIsWrittenAtTheSamePlace() async {
            await #expect(processExitsWith: .success) {
                let files = try Files()
                let checkpoint = try files.checkpoint()
                try checkpoint.begin()
                try files.do(10, checkpoint)
                FaultInjection.fail(.pwrite, nth: 1, errno: ENOSPC)
                #expect(throws: CheckpointError.self) { try checkpoint.complete(at: 10) }
                #expect(try files.log().last == nil)
                checkpoint.save()
                #expect(try files.log().last?.position.records == 10)
                #expect(try File.contents(of: files.path).count == files.log().end)
            }
        }

        @Test(arguments: [SystemCall.open, .flock, .ftruncate, .pwrite, .fdatasync, .lseek].map(\.rawValue))
        func whateverFailsAtTheBeginningTheOutputIsWhatItWas(_ call: Int32) async {
            await #expect(processExitsWith: .success) { [call] in
                let files = try Files()
                try File.write(files.output.number, text: "of an earlier run")
                let checkpoint = try files.checkpoint()
                FaultInjection.reset()
                FaultInjection.fail(SystemCall(rawValue: call)!, nth: 1, errno: ENOSPC, forever: true)
                #expect(throws: (any Error).self) { try checkpoint.begin() }
                FaultInjection.reset()
                let size = try File.status(of: files.output.number).size
                #expect(size == (call == SystemCall.lseek.rawValue ? 0 : 17))
            }
        }
    }

    /// An output without a name, and a place for its checkpoint.
    private final class Files {
        let output: Descriptor
        let path = "/tmp/procession-tests-\(RandomSeed.random64())"
        private let header = CheckpointHeader(
            program: "1", inputSize: 1, inputModified: 1, command: Fingerprint(parts: []))

        init() throws {
            output = try File.open(path, O_RDWR | O_CREAT)
            // Safe: the path lives during the call.
            unsafe unlink(path)
        }

        deinit { unsafe unlink(path) }

        func checkpoint() throws -> Checkpoint {
            Checkpoint(path, nil, header: header, onError: .fail, continuing: nil, output: try output.duplicate())
        }

        /// So many records, of a byte each.
        func `do`(_ records: Int, _ checkpoint: Checkpoint) throws {
            var border = RecordSplitter.Border()
            border.offset = FileOffset(bytes: records)
            checkpoint.cut(records: records, border: border)
            checkpoint.accepted(records: records, failed: 0, output: FileOffset(bytes: records))
            try File.write(output.number, text: String(repeating: "x", count: records))
            checkpoint.written(FileOffset(bytes: records))
        }

        func log() throws -> CheckpointLog { try CheckpointLog(parsing: File.contents(of: path)) }
    }

    extension Checkpoint {
        fileprivate func complete(at records: Int) throws {
            try complete(
                records: records, failed: 0, output: FileOffset(bytes: records), border: RecordSplitter.Border())
        }
    }
#endif
