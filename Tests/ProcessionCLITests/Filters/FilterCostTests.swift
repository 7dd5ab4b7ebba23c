import ProcessionSystem
import Testing

extension CommandLineTests {
    /// How often a filter is started: once for each worker, and at most three times for a bad record.
    @Suite struct FilterCost {
        /// Runs a filter that notes its starts; `feed` sends the input.
        private func starts(
            _ filter: String, _ arguments: [String], _ feed: (RunningCommand) throws -> Void
        ) throws -> (starts: Int, run: CommandResult) {
            let directory = try TemporaryDirectory()
            let log = directory.path + "/starts"
            let command = try RunningCommand(
                script: "exec procession \"$@\"", ["map", "-x", "echo >>\(log); \(filter)"] + arguments)
            try feed(command)
            let run = try command.finish()
            return (try File.contents(of: log).count, run)
        }

        @Test func manyBadRecordsCostThreeStartsEach() throws {
            let lines = (1...3000).map { $0 % 17 == 0 ? "bad \($0)\n" : "\($0)\n" }
            let (starts, run) = try starts(
                "while read -r x y; do test $x != bad || exit 3; echo $x; done", ["-j2", "--on-error", "skip"]
            ) { try $0.send(lines.joined()) }
            #expect(run.status == 1)
            expectSame(run.output, Array(lines.filter { !$0.hasPrefix("bad") }.joined().utf8))
            #expect(starts <= 2 + 3 * 176, "\(starts)")
        }

        @Test(arguments: ["exit 3", "kill -9 $$", "continue"])
        func oneBadRecordCostsThreeStarts(_ deed: String) throws {
            let (starts, run) = try starts(
                "while read -r x; do if test $x = 777; then \(deed); fi; echo $x; done", ["-j1", "--on-error", "skip"]
            ) { try $0.send((1...1000).map { "\($0)\n" }.joined()) }
            #expect(run.text.split(separator: "\n").count == 999)
            #expect(starts <= 4, "\(starts)")
        }

        /// Before it is known what a record costs, a worker whose filter has read all there is gets more, and need not
        /// end it.
        @Test func aFilterThatBuffersIsFedOnBeforeItHasAnsweredAnything() throws {
            let directory = try TemporaryDirectory()
            let text = (1...20_000).map { "\($0)\n" }.joined()
            let file = try directory.file("numbers.txt", text)
            let (starts, run) = try starts("exec sed s/a/b/", ["-j1", file]) { _ in }
            expectSame(run.output, Array(text.utf8))
            // One, unless the machine is so busy that more does not come in time.
            #expect(starts <= 2, "\(starts)")
        }

        /// Records of 2.7 MB take 6.5 with slots and room for answers, and so much is held in a window of 8.
        @Test func theWindowIsFilledBeforeAFilterThatBuffersIsEnded() throws {
            let directory = try TemporaryDirectory()
            let text = (100_000..<127_000).map { "\($0) \(String(repeating: "x", count: 92))\n" }.joined()
            let file = try directory.file("lines.txt", text)
            let (starts, run) = try starts("exec sed s/a/b/", ["-j1", "--window", "8M", file]) { _ in }
            expectSame(run.output, Array(text.utf8))
            // One, unless the machine is so busy that more does not come in time.
            #expect(starts <= 2, "\(starts)")
        }

        /// A window is held, the filter is ended for that; and what it takes to end and to start is spent at the same
        /// time.
        @Test func theNextFilterIsStartedWhileTheOneBeforeEnds() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("numbers.txt", (1...40_000).map { "record \($0)\n" }.joined())
            let log = directory.path + "/log"
            let run = try start(
                "map", "-j1", "--window", "1M", "-x", "echo start >>\(log); sed s/a/b/; sleep 0.3; echo end >>\(log)",
                file
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            let steps = String(decoding: try File.contents(of: log), as: UTF8.self).split(separator: "\n")
            #expect(steps.starts(with: ["start", "start", "end"]), "\(steps)")
            #expect(steps.count { $0 == "start" } == steps.count { $0 == "end" })
        }

        /// Thousands of answers of one chunk for which there is no room until the others are written.
        @Test func answersWithoutRoomAreKeptHoweverMany() throws {
            let directory = try TemporaryDirectory()
            let text = (1...40_000).map { "record \($0)\n" }.joined()
            let file = try directory.file("numbers.txt", text)
            let (starts, run) = try starts("exec cat", ["-j1", "--window", "1M", "--chunk-size", "20000", file]) { _ in
            }
            #expect(run.status == 0, "\(run.errors)")
            expectSame(run.output, Array(text.utf8))
            #expect(starts == 1)
        }

        @Test func aFilterThatIsSlowToStartIsStartedOnce() throws {
            let (starts, run) = try starts("sleep 0.5; exec cat", ["-j1"]) { command in
                for record in 1...10 {
                    try command.send("\(record)\n")
                    try command.wait(upTo: .now + .milliseconds(20))
                }
            }
            #expect(run.status == 0, "\(run.errors)")
            #expect(starts == 1)
        }

        @Test func aFilterThatIsSlowForEachRecordIsStartedOnce() throws {
            let (starts, run) = try starts("while read -r x; do sleep 0.3; echo $x; done", ["-j1"]) {
                try $0.send("1\n2\n3\n4\n5\n")
            }
            #expect(run.text == "1\n2\n3\n4\n5\n")
            #expect(starts == 1)
        }

        /// What is slow is printed one by one, although nothing is printed that is not certain.
        @Test func anAnswerIsPrintedBeforeTheNextSlowOneComes() throws {
            let command = try start("map", "-j1", "-x", "while read -r x; do sleep 0.5; echo $x; done")
            try command.send("1\n2\n3\n4\n5\n6\n")
            try command.wait { !command.written.isEmpty }
            #expect(command.written.count <= 4)
            #expect(try command.finish().text == "1\n2\n3\n4\n5\n6\n")
        }

        /// A filter that keeps its answers in a buffer is closed for every bit of input that comes slowly, and no
        /// oftener.
        @Test func aFilterThatBuffersIsClosedWhenNothingComes() throws {
            let command = try start("map", "-j1", "-x", "sed s/a/b/")
            try command.send("a\n")
            try command.wait { command.written.count == 2 }
            try command.send("a\n")
            try command.wait { command.written.count == 4 }
            #expect(try command.finish().text == "b\nb\n")
        }

        /// One worker could take every place there is, when it is quicker than the other at the start.
        @Test func whileOneFilterIsSlowTheOtherOneDoesAllTheRest() throws {
            let directory = try TemporaryDirectory()
            let (log, seen) = (directory.path + "/log", directory.path + "/seen")
            let run = try procession(
                "map", "-j2", "--chunk-size", "1", "-x",
                """
                while read x; do
                    if [ $x = 100 ]; then sleep 3; wc -l <\(log) >\(seen); fi
                    echo $x >>\(log)
                    echo $x
                done
                """,
                input: (1...3000).map { "\($0)\n" }.joined())
            #expect(run.text == (1...3000).map { "\($0)\n" }.joined() && run.status == 0)
            let done = Int(String(decoding: try File.contents(of: seen), as: UTF8.self).filter(\.isNumber)) ?? 0
            #expect(done > 2900, "\(done)")
        }
    }
}
