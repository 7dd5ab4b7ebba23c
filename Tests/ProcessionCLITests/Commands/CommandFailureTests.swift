import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Commands that fail, stick, grow or are not there.
    @Suite struct CommandFailures {
        private func skip(_ command: String, _ input: String, _ more: String...) throws -> CommandResult {
            let run = try RunningCommand(
                script: "exec procession map --on-error skip \"$@\"", ["-c", "a=run:" + command] + more)
            try run.send(input)
            return try run.finish()
        }

        @Test(arguments: [
            ("sh -c 'test $1 != 2 || {{ echo one >&2; echo two >&2; exit 3; }' sh {#}", "exited with 3: two"),
            ("sh -c 'test $1 != 2 || {{ printf words >&2; exit 255; }' sh {#}", "exited with 255: words"),
            ("sh -c 'test $1 != 2 || exit 1' sh {#}", "exited with 1"),
            ("sh -c 'test $1 != 2 || kill -9 $$' sh {#}", "was killed by SIGKILL, tried 2 times"),
            ("sh -c 'test $1 != 2 || kill -SEGV $$' sh {#}", "was killed by SIGSEGV, tried 2 times"),
        ])
        func aStatusThatIsNotZeroFailsTheRecord(_ command: String, _ words: String) throws {
            let run = try skip(command, "x\ny\nz\n", "-c", "v=upper")
            #expect(run.status == 1)
            #expect(run.text == "\tX\n\tZ\n")
            #expect(
                run.errorLines.contains("procession: record 2 (line 2): the command of column 'a' \(words)"),
                "\(run.errors)")
        }

        @Test func aCommandThatIsKilledIsTriedAsOftenAsWasAskedFor() throws {
            let directory = try TemporaryDirectory()
            let run = try shell(
                "echo x | procession map --retries 4 -c \"a=run:sh -c 'echo >>log; kill -9 \\$\\$'\"",
                directory: directory.path)
            #expect(run.status == 1)
            #expect(run.errors.contains("tried 5 times"), "\(run.errors)")
            #expect(try File.contents(of: directory.path + "/log").count == 5)
        }

        /// Neither does what it has started, however it hides.
        @Test(arguments: ["sleep 1000", "sh -c 'setsid sleep 1000 & sleep 1000'"])
        func aCommandThatTakesTooLongDoesNotOutliveItsTime(_ command: String) throws {
            let run = try skip(command, "x\n", "--timeout", "0.3", "--retries", "0")
            #expect(run.status == 1)
            #expect(run.errors.contains("record 1 (line 1): no answer in 0.3 seconds, worker killed"), "\(run.errors)")
        }

        @Test(arguments: [SIGINT, SIGTERM, SIGKILL]) func aCommandDoesNotOutliveTheRun(_ signal: Int32) throws {
            let directory = try TemporaryDirectory()
            let command = try RunningCommand(
                script: "exec procession map -c \"a=run:sh -c 'echo >>log; exec sleep 1000'\"",
                directory: directory.path)
            try command.send("x\n")
            let deadline = Instant.now + .seconds(20)
            while (try? File.contents(of: directory.path + "/log"))?.isEmpty != false, Instant.now < deadline {
                usleep(5000)
            }
            try command.kill(signal)
            let run = try command.finish()
            #expect(run.status == (signal == SIGKILL ? -SIGKILL : 128 + signal))
            #expect(run.output == [])
        }

        /// As a terminal sends it: to all of the group.
        @Test func whatCtrlCMeansIsDecidedByTheRunAlone() throws {
            let run = try skip("sh -c 'kill -INT $$; echo $1' sh {value}", "x\n")
            #expect(run.status == 0 && run.text == "x\n", "\(run.errors)")
        }

        @Test func aCommandThatGrowsIsEndedWithItsWorker() throws {
            let run = try skip(
                "python3 -c 'import time; x = bytearray(200 << 20); time.sleep(1000)'", "x\n", "--memory-limit", "64M",
                "--retries",
                "0")
            #expect(run.status == 1)
            #expect(run.errors.contains("more than 64.0 MiB of memory taken"), "\(run.errors)")
        }

        @Test func aCommandThatNeverStopsWritingIsEnded() throws {
            let run = try skip("yes", "x\n", "--window", "1M")
            #expect(run.status == 1)
            #expect(
                run.errors.contains("wrote more than 128.0 KiB and was killed; give more with --window"),
                "\(run.errors)")
        }

        /// Its output is at its end before the other one's, or the other way round; and more than a pipe holds.
        @Test(arguments: [
            "sh -c 'exec >&-; seq 99999 >&2; exit 7'", "sh -c 'exec 2>&-; seq 99999; exit 7'",
            "sh -c 'seq 99999 >&2; seq 99999; exit 7'",
        ])
        func bothOutputsAreReadAtOnce(_ command: String) throws {
            let run = try skip(command, "x\n")
            #expect(run.status == 1)
            #expect(run.errors.contains("exited with 7"), "\(run.errors.suffix(300))")
        }

        @Test func whatALineCannotHoldFailsItsRecord() throws {
            let run = try skip("printf 'a\\nb'", "x\n")
            #expect(run.errors.contains("has a newline in it, which lines cannot hold"), "\(run.errors)")
            let long = try skip("true {value}", String(repeating: "x", count: 200_000) + "\ny\n")
            #expect(long.text == "\n")
            #expect(
                long.errors.contains("record 1 (line 1): the command of column 'a' has arguments that are too long"))
        }

        @Test(arguments: [
            (
                "run:no-such-command x",
                "column 'a': no command 'no-such-command' along PATH, which a shell would say with status 127"
            ),
            ("run:./no-such x", "there is no command './no-such', which a shell would say with status 127"),
            ("run:here x", "write ./here for the one that is here"), ("run:./plain x", "'./plain' cannot be executed"),
            ("run:/ x", "there is no command '/'"),
        ])
        func aCommandThatIsNotFoundEndsTheRunBeforeItBegins(_ function: String, _ words: String) throws {
            let directory = try TemporaryDirectory()
            _ = try directory.file("plain", "#!/bin/sh\n")
            let here = try directory.file("here", "#!/bin/sh\n")
            unsafe chmod(here, 0o755)
            _ = try directory.file("out", "old")
            let run = try shell(
                "echo x | procession map -o out -c b=upper -c \"a=$1\"", function, directory: directory.path)
            #expect(run.status == 2)
            #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
            #expect(try File.contents(of: directory.path + "/out") == Array("old".utf8))
        }

        @Test func aFieldThatIsNotThereEndsTheRunBeforeItBegins() throws {
            let run = try procession("map", "-f", "csv", "-c", "a=run:echo {nmae}", input: "id,name\n1,x\n")
            #expect(run.status == 2 && run.output == [])
            #expect(run.errors.contains("the header has no field 'nmae'; did you mean 'name'?"), "\(run.errors)")
        }

        @Test func aFileThatNoKernelStartsEndsTheRun() throws {
            let directory = try TemporaryDirectory()
            unsafe chmod(try directory.file("script", "echo x\n"), 0o755)
            let run = try procession("map", "--on-error", "skip", "-c", "a=run:\(directory.path)/script", input: "x\n")
            #expect(run.status == 4)
            #expect(run.errors.contains("a script needs a first line such as #!/bin/sh"), "\(run.errors)")
        }
    }
}
