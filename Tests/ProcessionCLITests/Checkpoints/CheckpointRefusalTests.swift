import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Checkpoints that a run must not use: status 2, the reason and the way out in one line, and nothing changed.
    @Suite struct CheckpointRefusals {
        private static let numbers = (1...60_000).map { "\($0)\n" }.joined()

        /// Runs the command again where one was cut off, after something has happened to its files.
        private func expectRefusal(
            _ words: String..., after event: String, arguments: [String] = ["-c", "v=double"],
            again: String = CheckpointedRun.again, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let run = try CheckpointedRun(["-c", "v=double"], input: Array(Self.numbers.utf8))
            try run.cutOff()
            try expectRefusal(words, run, after: event, arguments, again, sourceLocation)
        }

        private func expectRefusal(
            _ words: [String], _ run: borrowing CheckpointedRun, after event: String, _ arguments: [String],
            _ again: String, _ sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            _ = try shell(event, directory: run.directory.path)
            let before = (try run.contents("out"), try run.contents("ckpt"), try run.names())
            let result = try RunningCommand(
                script: "exec procession map \"$@\" " + again, arguments, directory: run.directory.path
            ).finish()
            #expect(result.status == 2, "\(result.errors)", sourceLocation: sourceLocation)
            #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
            for words in words {
                #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
            }
            #expect(result.errors.hasPrefix("procession: checkpoint "), sourceLocation: sourceLocation)
            #expect(try run.contents("out") == before.0, sourceLocation: sourceLocation)
            #expect(try run.contents("ckpt") == before.1, sourceLocation: sourceLocation)
            #expect(try run.names() == before.2, sourceLocation: sourceLocation)
        }

        @Test func anUnfinishedRunIsNotForgottenSilently() throws {
            try expectRefusal("cut off after", "add --resume", "remove it", after: "", again: CheckpointedRun.fresh)
        }

        // MARK: The five reasons

        @Test func aByteThatWasChangedBeforeTheOffsetIsNoticed() throws {
            // Even where the time of the change is hidden.
            try expectRefusal(
                "the input has changed", "not those that were mapped",
                after: "touch -r in time; printf 9 | dd of=in bs=1 seek=7 conv=notrunc; touch -r time in; rm time")
        }

        @Test func aByteThatWasChangedBehindTheOffsetIsNoticed() throws {
            try expectRefusal(
                "the input has changed", "written to since",
                after: "printf 9 | dd of=in bs=1 seek=\(Self.numbers.utf8.count - 2) conv=notrunc")
        }

        @Test(arguments: ["echo more >>in", "truncate -s -1 in"]) func anotherSizeOfInputIsNoticed(_ event: String)
            throws
        {
            try expectRefusal("the input has changed", "bytes, and has", after: event)
        }

        @Test(arguments: [
            (["-c", "v=upper"], "--column v=double, and this is with --column v=upper"),
            (["-x", "cat"], "with --exec cat"), (["-c", "v=double", "-t", "ndjson"], "--to"),
        ])
        func anotherCommandIsNoticed(_ arguments: [String], _ words: String) throws {
            try expectRefusal("it is of another command", words, after: "", arguments: arguments)
        }

        @Test func anotherPolicyIsNoticedOnceARecordHasFailed() throws {
            let run = try CheckpointedRun(
                ["-c", "v=double", "--on-error", "skip"], input: Array(("x\n" + Self.numbers).utf8))
            try run.cutOff()
            try expectRefusal(
                ["1 records have failed with --on-error skip"], run, after: "",
                ["-c", "v=double", "--on-error", "null"], CheckpointedRun.again)
        }

        @Test func anotherVersionIsNoticed() throws {
            let run = try CheckpointedRun(["-c", "v=double"], input: Array(Self.numbers.utf8))
            try run.cutOff()
            // The same header but for the version, under a check sum of its own.
            try asIfWritten(by: "0.0.9", run)
            try expectRefusal(
                ["written by procession 0.0.9, and this is 0.1.0"], run, after: "", ["-c", "v=double"],
                CheckpointedRun.again)
        }

        @Test func aFileInUseIsNoticed() throws {
            // Its filters answer nothing before they may, so that it cannot be over too early.
            let run = try CheckpointedRun(
                ["-x", "until [ -e go ]; do sleep 0.01; done; exec cat"], input: Array(Self.numbers.utf8))
            let other = try run.start(CheckpointedRun.fresh)
            try other.watch(until: { run.hasHeader() })
            let result = try run.run(CheckpointedRun.again)
            _ = try shell("touch go", directory: run.directory.path)
            #expect(result.status == 2)
            #expect(
                result.errors == "procession: checkpoint 'ckpt': it is in use by another run; wait for its end, or "
                    + "give each run a checkpoint of its own\n")
            #expect(try other.finish().status == 0)
            expectSame(try run.contents("out"), try run.undisturbed().output)
        }

        @Test func ofEightRunsAtOnceNoneDisturbsAnother() throws {
            for _ in 0..<3 {
                let run = try CheckpointedRun(["-c", "v=double", "-j", "1"], input: Array(Self.numbers.utf8))
                let expected = try run.undisturbed().output
                let runs = try (0..<8).map { _ in try run.start(CheckpointedRun.again) }
                let results = try runs.map { try $0.finish() }
                // Who comes when all is done finds nothing to do.
                #expect(results.contains { $0.status == 0 })
                for result in results where result.status != 0 {
                    #expect(result.status == 2 && result.errors.contains("in use by another run"), "\(result.errors)")
                }
                expectSame(try run.contents("out"), expected)
            }
        }

        @Test(arguments: [0, 8, 20, 40, 150]) func aDamagedHeaderIsNoticed(_ place: Int) throws {
            try expectRefusal(
                place < 8 ? "something else than a checkpoint" : place < 16 ? "another version" : "damaged at byte",
                after: "printf '\\377' | dd of=ckpt bs=1 seek=\(place) conv=notrunc")
        }

        @Test func aDamagedEntryIsNoticed() throws {
            let run = try CheckpointedRun(["-c", "v=double"], input: Array(Self.numbers.utf8))
            try run.cutOff()
            let header = try run.contents("ckpt").count - run.recordedEntries() * 72
            try expectRefusal(
                ["damaged at byte \(header)", "remove it"], run,
                after: "printf '\\377' | dd of=ckpt bs=1 seek=\(header + 3) conv=notrunc; tail -c 72 ckpt >>ckpt",
                ["-c", "v=double"], CheckpointedRun.again)
        }

        // MARK: The others

        @Test func outputThatIsTooShortIsNoticed() throws {
            try expectRefusal("the output is not what the run has written", "0 bytes", after: ">out")
        }

        @Test func anotherFileAsOutputIsNoticed() throws {
            try expectRefusal("the output is not what", "other bytes stand", after: "seq 1000000 >out")
        }

        @Test func aLinkIsRefused() throws {
            try expectRefusal("symbolic link", after: "mv ckpt other; ln -s other ckpt")
        }

        @Test(arguments: ["mkdir F", "mkfifo F"]) func whatIsNoRegularFileIsRefused(_ event: String) throws {
            try expectRefusal("no regular file", after: event, again: "in -o out --checkpoint F")
        }

        @Test(arguments: [
            ("in -o out --checkpoint in", "it is the input"), ("in -o out --checkpoint ./out", "it is the output"),
            ("in -o out --checkpoint hard", "it is the input"),
        ])
        func oneFileCannotBeTwoThings(_ again: String, _ words: String) throws {
            try expectRefusal(words, after: "ln in hard", again: again)
        }

        @Test func aTextFileIsNotOverwritten() throws {
            try expectRefusal(
                "something else than a checkpoint", after: "echo precious >F", again: "in -o out --checkpoint F")
        }

        @Test(arguments: [
            ("in --checkpoint c", "--checkpoint needs --output FILE"), ("in -o out --resume", "--resume needs"),
            ("-f json in -o out --checkpoint c --split", "cannot be combined with --split"),
            ("-o out --checkpoint c", "can be read again"), ("-o out --checkpoint c < <(cat in)", "can be read again"),
            ("-o out --checkpoint c < <(cat in) -", "can be read again"),
            ("in -o /dev/null --checkpoint c", "a regular file for --output"),
        ])
        func whatCannotBeRecordedIsAMistake(_ words: String, _ reason: String) throws {
            let run = try CheckpointedRun("-c", "v=double", input: "1\n2\n")
            let result = try run.run(words)
            #expect(result.status == 2)
            #expect(result.errors.contains(reason), "\(result.errors)")
            #expect(try !run.names().contains("c"))
        }

        @Test func aPlaceThatCannotBeWrittenIsStatusFive() throws {
            let run = try CheckpointedRun("-c", "v=double", input: "1\n2\n")
            let result = try run.run("in -o out --checkpoint /no/such/directory/ckpt")
            #expect(result.status == 5)
            #expect(result.errors.contains("checkpoint '/no/such/directory/ckpt' cannot be written: No such"))
        }
    }
}

/// Puts another version of the same length into a header, and what belongs to it.
private func asIfWritten(by version: String, _ run: borrowing CheckpointedRun) throws {
    let script = """
        import struct, sys
        data = bytearray(open('ckpt', 'rb').read())
        def crc(data, value=0):
            value ^= 2**64 - 1
            for byte in data:
                value ^= byte
                for _ in range(8):
                    value = value >> 1 ^ (0xC96C5795D7870F42 if value & 1 else 0)
            return value ^ 2**64 - 1
        end = struct.unpack_from('<Q', data, 16)[0]
        data[48:53] = sys.argv[1].encode()
        header = crc(data[:end - 8])
        data[end - 8:end] = struct.pack('<Q', header)
        for at in range(end, len(data) - 71, 72):
            data[at + 64:at + 72] = struct.pack('<Q', crc(data[at:at + 64], header))
        open('ckpt', 'r+b').write(data)
        """
    let result = try shell("exec python3 -c \"$1\" \"$2\"", script, version, directory: run.directory.path)
    #expect(result.status == 0, "\(result.errors)")
}
