import Testing

extension CommandLineTests {
    /// Filters that stay running: one line in, one line out, in order, and everything a filter can do wrong.
    @Suite struct Exec {
        private let numbers = (1...5000).map { "\($0)\n" }.joined()

        private func run(_ filter: String, _ input: String, _ more: String...) throws -> CommandResult {
            let run = try RunningCommand(script: "exec procession \"$@\"", ["map", "-x", filter] + more)
            try run.send(input)
            return try run.finish()
        }

        /// A line filter in Python, which buffers its output in blocks when nobody looks.
        private func python(_ body: String) -> String {
            "exec python3 -c '\nimport sys, os\nfor line in sys.stdin:\n    number = line.strip()\n    \(body)\n    sys.stdout.write(line)\n'"
        }

        @Test(arguments: [
            "cat", "sed -u s/x/y/", "sed s/x/y/", "awk 1",
            "python3 -c 'import sys; [sys.stdout.write(l) for l in sys.stdin]'", "tac",
        ])
        func answersComeBackInOrderHoweverTheFilterBuffers(_ filter: String) throws {
            // `tac` turns round what it is given at a time; one record at a time it changes nothing.
            let more = filter == "tac" ? ["--chunk-size", "1", "-j1"] : []
            let input = filter == "tac" ? "only\n" : numbers
            let command = try RunningCommand(script: "exec procession \"$@\"", ["map", "-x", filter] + more)
            try command.send(input)
            let run = try command.finish()
            #expect(run.status == 0, "\(run.errors)")
            expectSame(run.output, Array(input.utf8))
        }

        /// Each worker's filter says which one it is; both were there before the first answer.
        @Test func aSlowFilterLeavesTheOthersTheirShare() throws {
            let run = try run(
                "sleep 0.3; while read x; do sleep 0.05; echo $$; done", (1...20).map { "\($0)\n" }.joined(), "-j", "2")
            #expect(run.status == 0, "\(run.errors)")
            let shares = Dictionary(grouping: run.text.split(separator: "\n"), by: { $0 }).values.map(\.count)
            #expect(shares.count >= 2)
            #expect(shares.allSatisfy { $0 <= 12 }, "\(shares)")
        }

        @Test func answersMayBeMuchLongerThanRecords() throws {
            let run = try run("awk '{ for (i = 0; i < 200; i++) printf \"%s,\", $1; print \"\" }'", numbers)
            #expect(run.status == 0, "\(run.errors)")
            expectSame(
                run.output, Array((1...5000).map { String(repeating: "\($0),", count: 200) + "\n" }.joined().utf8))
        }

        @Test func theRecordThatKillsTheFilterIsFoundAndTheOthersAreAnswered() throws {
            let run = try run(python("if number == \"2777\": os.abort()"), numbers, "--on-error", "skip")
            #expect(run.status == 1)
            expectSame(run.output, Array(numbers.replacing("\n2777\n", with: "\n").utf8))
            #expect(run.errors.contains("record 2777 (line 2777): its filter"), "\(run.errors)")
        }

        /// Whatever its status; but one that is not 0 where everything is answered is no success.
        @Test(arguments: [("head -n 100", 0), ("head -n 100; exit 1", 1)])
        func aFilterThatEndsEarlyIsStartedAgain(_ filter: String, _ status: Int32) throws {
            let thousand = (1...1000).map { "\($0)\n" }.joined()
            let run = try run(filter, thousand)
            #expect(run.status == status, "\(run.errors)")
            expectSame(run.output, Array(thousand.utf8))
        }

        @Test(arguments: [
            ("grep -v 3", "its filter exited with 1"),
            ("sed /3/d", "its filter ended without an answer to it; it must answer exactly one line for each record"),
        ])
        func aFilterThatDropsLinesIsRefused(_ filter: String, _ words: String) throws {
            let run = try run(filter, numbers)
            #expect(run.status == 1)
            #expect(run.text == "1\n2\n")
            #expect(run.errorLines.last?.contains("(line 3): \(words)") == true, "\(run.errors)")
        }

        @Test func aFilterThatAnswersTwiceIsRefused() throws {
            let run = try run("sed -u p", numbers)
            #expect(run.status == 1)
            #expect(run.errors.contains("more lines than it was sent records"), "\(run.errors)")
        }

        @Test func aCommandThatDoesNotExistIsRefusedAtOnce() throws {
            let run = try run("no-such-command", numbers)
            #expect(run.status == 1)
            #expect(run.output.isEmpty)
            #expect(run.errorLines.last?.contains("the filter exited with 127") == true, "\(run.errors)")
        }

        @Test func aFilterThatDiesOnEveryRecordDoesNotRunForEver() throws {
            let run = try run("exit 3", numbers, "--on-error", "skip")
            #expect(run.status == 1)
            #expect(run.errorLines.last?.contains("the filter exited with 3") == true, "\(run.errors)")
        }

        @Test func aFilterThatNeverReadsIsEndedByTheTimeLimit() throws {
            let run = try run("sleep 1000", "1\n", "--timeout", "0.3", "--retries", "0")
            #expect(run.status == 1)
            #expect(run.errors.contains("no answer in 0.3 seconds"), "\(run.errors)")
        }

        @Test func aRecordWithANewlineInItFailsByName() throws {
            let run = try run("cat", "id,text\n1,\"a\nb\"\n2,c\n", "-f", "csv", "--on-error", "null")
            #expect(run.status == 1)
            #expect(run.text == "\n2,c\n")
            #expect(run.errors.contains("(line 2, key 1): the record has a newline in it"), "\(run.errors)")
        }

        @Test func theFieldNamedByValueIsWhatTheFilterReads() throws {
            let run = try run("rev", "id,text\n1,abc\n2,\"d,e\"\n", "-f", "csv", "--value", "text")
            #expect(run.text == "cba\ne,d\n")
        }

        @Test func membersOfAnObjectGoInCompactly() throws {
            let run = try run("cat", #"{"a": {"x": 1}, "b": [1, 2]}"#, "-f", "json")
            #expect(run.text == "{\"x\":1}\n[1,2]\n")
        }

        @Test func bytesPassThroughUntouched() throws {
            let bytes: [UInt8] = [0xff, 0x00, 0x0d, 0x0a, 0xc3, 0x0a, 0x20, 0x0a]
            let command = try RunningCommand(script: "exec procession map -x cat", [])
            try command.send(bytes)
            expectSame(try command.finish().output, bytes)
        }
    }
}
