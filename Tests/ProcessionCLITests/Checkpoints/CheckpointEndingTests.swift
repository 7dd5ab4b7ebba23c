import Glibc
import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Runs with a checkpoint that end before their end, and go on; and runs for which nothing is left to do.
    @Suite struct CheckpointEndings {
        private static let numbers = (1...60_000).map { "\($0)\n" }.joined()

        private func numbersRun(_ arguments: String...) throws -> CheckpointedRun {
            try CheckpointedRun(arguments.isEmpty ? ["-c", "v=double"] : arguments, input: Array(Self.numbers.utf8))
        }

        @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalSaysHowToGoOn(_ signal: Int32) throws {
            // So many that the run still goes on when its first entry has been seen.
            #if DEBUG
                let copies = 1
            #else
                let copies = 50
            #endif
            let run = try CheckpointedRun(
                ["-c", "v=double", "-t", "ndjson"],
                input: Array(repeatElement(Array(Self.numbers.utf8), count: copies).joined()))
            let running = try run.start(CheckpointedRun.fresh)
            try running.watch(until: { run.recordedEntries() > 0 })
            try running.kill(signal)
            let result = try running.finish()
            #expect(result.status == 128 + signal)
            let done = try run.contents("out").count { $0 == UInt8(ascii: "\n") }
            #expect(
                result.errors == "procession: interrupted at record \(done + 1): \(done) records done; "
                    + "add --resume to continue\n")
            // Nothing that was done is done again, but for the last chunk if it was cut in the middle.
            #expect(try run.run(CheckpointedRun.again).status == 0)
            expectSame(try run.contents("out"), try run.undisturbed().output)
        }

        @Test func aRecordThatStopsTheRunMayBeLeftOutNow() throws {
            let input = Self.numbers.replacing("\n30000\n", with: "\nx\n")
            let run = try CheckpointedRun(["-c", "v=double"], input: Array(input.utf8))
            let failed = try run.run(CheckpointedRun.fresh)
            #expect(failed.status == 1)
            #expect(failed.errorLines.last?.contains("record 30000 (line 30000)") == true)
            #expect(failed.errorLines.last?.hasSuffix("29999 records done; add --resume to continue") == true)

            // Where the same is tried again, the same comes of it.
            #expect(try run.run(CheckpointedRun.again).errors == failed.errors)
            let skipped = try run.run(CheckpointedRun.again + " --on-error skip")
            #expect(skipped.status == 1)
            #expect(skipped.errorLines.last == "procession: 60000 records done, 1 of them failed and was left out")
            let undisturbed = try run.run("in -o reference --on-error skip")
            #expect(undisturbed.errorLines.last == skipped.errorLines.last)
            expectSame(try run.contents("out"), try run.contents("reference"))
        }

        @Test(arguments: [("csv", "3,4,5\n"), ("ndjson", "{\"key\":1 2}\n"), ("json", ", \"a\" 7")])
        func whatIsMalformedIsFoundAtTheSamePlace(_ format: String, _ wrong: String) throws {
            var text = ["csv": "key,value\n", "json": "{"][format] ?? ""
            for number in 0..<40_000 {
                switch format {
                case "csv": text += "\"\(number)\n\",\(number)\n"
                case "ndjson": text += "{\"key\":\(number),\"value\":\(number)}\n"
                default: text += "\(number == 0 ? "" : ",\n")\"\(number)\":\(number)"
                }
            }
            let run = try CheckpointedRun(["-f", format, "-c", "v=double"], input: Array((text + wrong).utf8))
            try run.cutOff()
            let result = try run.run(CheckpointedRun.again)
            let undisturbed = try run.undisturbed().result
            #expect(result.status == 3)
            // How many of the records before it are done by then is nobody's promise.
            #expect(result.errors.split(separator: ";")[0] == undisturbed.errors.split(separator: ";")[0])
            let mended = text + (format == "json" ? "}" : "")
            let expected = try CheckpointedRun(run.arguments, input: Array(mended.utf8)).undisturbed().output
            let output = try run.contents("out")
            #expect(!output.isEmpty)
            expectSame(output, Array(expected.prefix(output.count)))
        }

        @Test func lineNumbersGoOn() throws {
            let run = try numbersRun("-c", "v=identity", "-t", "ndjson")
            try run.cutOff()
            #expect(try run.run(CheckpointedRun.again).status == 0)
            let last = try run.contents("out").split(separator: UInt8(ascii: "\n")).last
            #expect(last.map { String(decoding: $0, as: UTF8.self) } == #"{"key":60000,"v":"60000"}"#)
        }

        @Test func figuresAreThoseOfTheWholeRun() throws {
            let run = try numbersRun()
            try run.cutOff()
            #expect(try run.run(CheckpointedRun.again + " --stats stats").status == 0)
            let figures = String(decoding: try run.contents("stats"), as: UTF8.self)
            let bytes = try run.contents("out").count
            #expect(figures.hasPrefix("{\"records\":60000,\"failed\":0,"), "\(figures)")
            #expect(figures.contains("\"input_bytes\":\(Self.numbers.utf8.count),\"output_bytes\":\(bytes)"))
        }

        @Test func workersAndWindowMayChange() throws {
            let run = try numbersRun()
            try run.cutOff()
            let how = " -j 1 --window 2M --chunk-size 7 --timeout 9 --retries 3 --no-progress --on-error null"
            #expect(try run.run(CheckpointedRun.again + how).status == 0)
            expectSame(try run.contents("out"), try run.undisturbed().output)
        }

        @Test func standardInputMayBeAFile() throws {
            let run = try numbersRun()
            try run.cutOff()
            #expect(try run.run("-o out --checkpoint ckpt --resume <in").status == 0)
            expectSame(try run.contents("out"), try run.undisturbed().output)
        }

        @Test(arguments: ["", "one", "a,b\n"]) func aShortRunIsRecordedToo(_ text: String) throws {
            let format = text.hasPrefix("a,") ? "csv" : "lines"
            let run = try CheckpointedRun(["-f", format, "-c", "v=identity"], input: Array(text.utf8))
            #expect(try run.run(CheckpointedRun.again).status == 0)
            // The last one says that all is done; where the machine is slow, there is one before it.
            #expect((1...2).contains(run.recordedEntries()))
            expectSame(try run.contents("out"), try run.undisturbed().output)
            #expect(try run.run(CheckpointedRun.again).status == 0)
        }

        // MARK: Nothing left to do

        @Test func aRunThatIsCompleteIsNotRepeated() throws {
            let run = try CheckpointedRun(
                ["-c", "v=double", "--on-error", "skip"], input: Array("x\n\(Self.numbers)".utf8))
            let first = try run.run(CheckpointedRun.again)
            let look = "stat -c '%n %i %s %y %z' in out ckpt"
            let before = try shell(look, directory: run.directory.path).text
            let second = try run.run(CheckpointedRun.again)
            #expect(first.status == 1 && second.status == 1)
            #expect(second.errors == "procession: 60001 records done, 1 of them failed and was left out\n")
            #expect(try shell(look, directory: run.directory.path).text == before)
        }

        @Test(arguments: ["truncate -s -1 out", "echo >>out", "printf x | dd of=out bs=1 conv=notrunc", "touch in"])
        func whatIsCompleteIsComparedStill(_ event: String) throws {
            let run = try CheckpointedRun(["-c", "v=double"], input: Array("1\n2\n".utf8))
            #expect(try run.run(CheckpointedRun.again).status == 0)
            _ = try shell("sleep 0.01; " + event, directory: run.directory.path)
            let result = try run.run(CheckpointedRun.again)
            #expect(result.status == 2 && result.errors.contains("put"), "\(result.errors)")
        }

        @Test func withoutResumeACompleteRunStartsAnew() throws {
            let run = try numbersRun()
            #expect(try run.run(CheckpointedRun.fresh).status == 0)
            _ = try run.directory.file("in", "5\n")
            #expect(try run.run(CheckpointedRun.fresh + " -t ndjson").status == 0)
            #expect(try run.contents("out") == Array("{\"key\":1,\"v\":10}\n".utf8))
            #expect((1...2).contains(run.recordedEntries()))
        }

        // MARK: Where it was cut off

        @Test func aCheckpointCutAnywhereIsContinuedRightly() throws {
            let run = try numbersRun()
            let expected = try run.undisturbed().output
            try run.cutOff()
            let (log, out) = (try run.contents("ckpt"), try run.contents("out"))
            let seed = printedSeed()
            var random = SplitMix(seed: seed)
            for _ in 0..<15 {
                let length = Int.random(in: 0...log.count, using: &random)
                _ = try run.directory.file("ckpt", Array(log[..<length]))
                _ = try run.directory.file("out", out)
                let result = try run.run(CheckpointedRun.again)
                #expect(result.status == 0, "\(length) bytes: \(result.errors)")
                expectSame(try run.contents("out"), expected)
            }
        }

        @Test func answersThatCannotBeTrustedAreNotContinued() throws {
            // Right for a while, and then with a line too many: nobody knows since when.
            let run = try numbersRun("-x", "awk '{ print } NR == 9000 { print }'", "-j", "1")
            let result = try run.run(CheckpointedRun.fresh)
            #expect(result.status == 1)
            #expect(result.errors.contains("more lines than it was sent records"), "\(result.errors)")
            #expect(!result.errors.contains("--resume"))
            #expect(run.recordedEntries() == 0)
        }

        @Test func aFullDiskIsContinuedWhenThereIsRoom() throws {
            let run = try numbersRun()
            let expected = try run.undisturbed().output
            // Where nothing can be mounted, the size of a file is what is limited.
            let isMounted =
                try shell("mkdir disk && mount -t tmpfs -o size=300k none disk", directory: run.directory.path).status
                == 0
            defer { if isMounted { _ = try? shell("umount \"$1\"", run.path("disk")) } }
            let words = "in -o disk/out --checkpoint \(isMounted ? "disk/" : "")ckpt --resume"
            let full = try run.run(words, before: isMounted ? "" : "mkdir -p disk; trap '' XFSZ; ulimit -f 200")
            #expect(full.status == 5)
            #expect(full.errorLines.last?.contains("output cannot be written: ") == true, "\(full.errors)")
            #expect(full.errorLines.last?.hasSuffix("; add --resume to continue") == true, "\(full.errors)")
            if isMounted { _ = try shell("mount -o remount,size=3m disk", directory: run.directory.path) }
            let result = try run.run(words)
            #expect(result.status == 0, "\(result.errors)")
            expectSame(try run.contents("disk/out"), expected)
        }

        @Test func theProgressLineBeginsWhereTheRunDoes() throws {
            let run = try numbersRun()
            try run.cutOff()
            let result = try run.run(CheckpointedRun.again + " --progress")
            #expect(result.status == 0)
            for share in result.errors.matches(of: /([0-9]+)%/) { #expect(Int(share.1).map { $0 <= 100 } == true) }
        }
    }
}
