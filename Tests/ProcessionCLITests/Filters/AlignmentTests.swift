import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Filters that answer too few or too many lines: no record has another one's answer where counting can tell.
    @Suite struct Alignment {
        private func run(_ filter: String, _ input: String, _ more: String...) throws -> CommandResult {
            let run = try RunningCommand(script: "exec procession \"$@\"", ["map", "-x", filter] + more)
            try run.send(input)
            return try run.finish()
        }

        /// Each leaves out the third line, says so in another way, and is asked again until that line is found.
        @Test(
            arguments: [
                "sed /c/d; exit 1", "sed /c/d", "sed -u /c/d", "grep -v c", "sed -u '/c/d; $q3'", "sed '/c/Q5'",
                "sed '/c/Q'",
                "while read -r x; do test $x != c || exit 7; echo $x; done",
                "set -e; while read -r x; do test $x != c; echo $x; done",
                "awk '/c/ { exit 2 } { print }'", "awk '/c/ { next } { print; fflush() } END { exit 1 }'",
            ], ["-j1", "-j2"])
        func aLineThatIsLeftOutCostsItsRecordAlone(_ filter: String, _ jobs: String) throws {
            let run = try run(filter, "a\nb\nc\nd\ne\n", jobs, "--on-error", "skip")
            #expect(run.text == "a\nb\nd\ne\n")
            #expect(run.status == 1)
            #expect(run.errors.contains("(line 3): its filter"), "\(run.errors)")
        }

        /// The first filter leaves out b and dies of e, having answered a, c and d; the next two die of d, which seems to be
        /// the one. No answer of the first one is believed for that.
        @Test func deathsByChanceDoNotMakeAnswersCertain() throws {
            let directory = try TemporaryDirectory()
            let log = directory.path + "/starts"
            let filter = """
                echo >>\(log); start=$(wc -l <\(log))
                while read -r x; do
                    case $start$x in 1b) continue ;; 1e | 2d | 3d) kill -9 $$ ;; esac
                    echo $x
                done
                """
            let run = try run(filter, "a\nb\nc\nd\ne\nf\n", "-j1", "--chunk-size", "5", "--on-error", "null")
            #expect(run.text == "a\nb\nc\n\ne\nf\n", "\(run.errors)")
            #expect(run.status == 1 && run.errors.contains("record 4 (line 4): its filter was killed by SIGKILL"))
            #expect(try File.contents(of: log).count == 4)
        }

        @Test func theRecordsBeforeAreWrittenWhereAFailureEndsTheRun() throws {
            let run = try run("sed /b/d; exit 1", "a\nb\nc\nd\n", "-j1")
            #expect(run.text == "a\n")
            #expect(run.status == 1)
            #expect(run.errorLines.last?.contains("(line 2): its filter exited with 1") == true, "\(run.errors)")
        }

        /// It passes over empty lines, except where there is nothing else.
        @Test func aProgramThatPassesOverLinesIsFound() throws {
            let run = try run("xargs -n1", "a\n\nc\nd\n", "-j1")
            #expect(run.text == "a\n\nc\nd\n")
            #expect(run.status == 0, "\(run.errors)")
        }

        @Test(arguments: [
            "awk '{ print; if ($1 == 20) print \"stray\"; fflush() }'",
            "awk '{ print; if ($1 == 20) print \"stray\" }'",
            "while read -r x; do sleep 0.01; echo $x; test $x != 20 || echo stray; done",
            "while read -r x; do test $x != 20 || { echo note; sleep 0.05; }; echo $x; done", "cat; echo the end",
            "cat; printf end", "sed '$p'", "sed -u p", "awk '{ print \"a\"; print \"b\" }'",
        ])
        func aLineTooManyEndsTheRunBeforeAnythingWrongIsWritten(_ filter: String) throws {
            let input = (1...100).map { "\($0)\n" }.joined()
            let run = try run(filter, input, "-j1")
            #expect(run.status == 1)
            #expect(input.hasPrefix(run.text), "\(run.text.suffix(50))")
            #expect(run.errors.contains("more lines than it was sent records"), "\(run.errors)")
        }

        @Test func twoLinesForEachOfManyRecordsAreNotPrinted() throws {
            let run = try run(
                "awk '{ print $1; print $2 }'", String(repeating: "10.0.0.1 17\n", count: 300_000), "-j2")
            #expect(run.status == 1)
            #expect(run.output.isEmpty)
            #expect(run.errorLines.last?.contains("more lines than it was sent records, at record ") == true)
        }

        /// It comes with the answer before, while nothing else is under way.
        @Test func aStrayLineIsNotTakenForTheAnswerOfTheNextRecord() throws {
            let command = try RunningCommand(
                script: "exec procession \"$@\"",
                ["map", "-j1", "-x", "read -r x; printf '%s\\nstray\\n' $x; exec cat"])
            try command.send("a\n")
            try command.wait(upTo: .now + .seconds(1))
            try command.send("b\n")
            let run = try command.finish()
            #expect(run.status == 1)
            #expect("a\n".hasPrefix(run.text), "\(run.text)")
            #expect(run.errors.contains("more lines than it was sent records"), "\(run.errors)")
        }

        /// It has answered as many lines as it was sent; but the kernel tells that it does not wait for more.
        @Test func aStrayLineBeforeAPauseIsNotTakenForTheAnswer() throws {
            let filter = "read -r x; read -r y; printf '%s\\nstray\\n' $x; sleep 0.06; echo $y; exec cat"
            let command = try RunningCommand(
                script: "exec procession \"$@\"", ["map", "-j1", "--chunk-size", "2", "-x", filter])
            try command.send("a\nb\n")
            try command.wait(upTo: .now + .milliseconds(500))
            let run = try command.finish()
            #expect(run.status == 1)
            #expect(run.output.isEmpty, "\(run.text)")
            #expect(run.errors.contains("more lines than it was sent records"), "\(run.errors)")
        }

        /// Of two lines it has read the first when it has answered twice.
        @Test func anAnswerToALineThatWasNotReadIsNotPrinted() throws {
            let command = try RunningCommand(
                script: "exec procession \"$@\"",
                ["map", "-j1", "--chunk-size", "2", "-x", "read -r x; printf '%s\\nstray\\n' $x; sleep 3; exec cat"])
            try command.send("a\nb\n")
            try command.wait { !command.written.isEmpty }
            let run = try command.finish()
            #expect(run.status == 1)
            #expect(run.output.isEmpty, "\(run.text)")
            #expect(run.errors.contains("more lines than it was sent records"), "\(run.errors)")
        }

        /// What outgrows its room comes again, and is counted all the same.
        @Test(arguments: ["$1 == 3333 { next }", "$1 == 3333 { print }"])
        func answersThatOutgrowTheirRoomAreCounted(_ deed: String) throws {
            let input = (1...5000).map { "\($0)\n" }.joined()
            let run = try run(
                "awk '\(deed) { for (i = 0; i < 200; i++) printf \"%s,\", $1; print \"\" }'", input, "--on-error",
                "skip")
            let lines = run.text.split(separator: "\n")
            let right = (1...5000).map { String(repeating: "\($0),", count: 200) }
            #expect(run.status == 1)
            if deed.contains("next") {
                #expect(lines == right.enumerated().filter { $0.offset != 3332 }.map { $0.element[...] })
            } else {
                #expect(zip(lines, right).allSatisfy { $0 == $1 })
            }
        }

        @Test func nothingWrongIsClaimedByACheckpoint() throws {
            let directory = try TemporaryDirectory()
            let input = try directory.file("in", (1...20_000).map { "\($0)\n" }.joined())
            let filter = "awk '{ print; if ($1 == 15000) print \"stray\" }'"
            let arguments = [
                "map", "-j2", "-x", filter, "-o", directory.path + "/out", "--checkpoint", directory.path + "/c",
            ]
            for _ in 0..<3 {
                let run = try RunningCommand(script: "exec procession \"$@\"", arguments + ["--resume", input]).finish()
                #expect(run.status == 1, "\(run.errors)")
            }
        }

        /// Everything is answered before the end of the input is known; the filter says more at its end.
        @Test(arguments: [
            ("cat; echo end", "the answers may belong to other records"), ("cat; exit 3", "a filter failed at its end"),
            ("cat; kill -9 $$", "a filter failed at its end"), ("cat; sleep 100", "a filter failed at its end"),
        ])
        func theLastWordsOfAFilterAreHeard(_ filter: String, _ words: String) throws {
            let command = try RunningCommand(script: "exec procession \"$@\"", ["map", "-j2", "-x", filter])
            try command.send("a\nb\n")
            try command.wait { command.written.count == 4 }
            let run = try command.finish()
            #expect(run.text == "a\nb\n")
            #expect(run.status == 1)
            #expect(run.errors.contains(words), "\(run.errors)")
        }
    }
}
