import ProcessionSystem
import Testing

extension CommandLineTests {
    /// `--tagged`: answers say whose they are.
    @Suite struct Tagged {
        private func run(_ filter: String, _ count: Int, _ more: String...) throws -> CommandResult {
            let command = try RunningCommand(
                script: "exec procession \"$@\"", ["map", "--tagged", "-x", filter] + more)
            try command.send((1...count).map { "line \($0)\n" }.joined())
            return try command.finish()
        }

        private func lines(_ numbers: some Sequence<Int>) -> String { numbers.map { "line \($0)\n" }.joined() }

        @Test(arguments: ["cat", "sed -u ''", "tac", "shuf", "sort -r", "awk '{ print; fflush() }'"], [1, 5, 3000])
        func answersComeInAnyOrder(_ filter: String, _ count: Int) throws {
            let run = try run(filter, count)
            #expect(run.status == 0, "\(run.errors)")
            expectSame(run.output, Array(lines(1...count).utf8))
        }

        @Test func theNumberIsThatOfTheRecordInTheWholeInput() throws {
            let run = try run("sed 's/line/:/; p; d'", 500, "-j2", "--chunk-size", "7")
            #expect(run.text == (1...500).map { ": \($0)\n" }.joined())
            let numbers = try self.run("awk -F '\\t' '{ print $1 \"\\t\" $1 }'", 500, "-j2")
            #expect(numbers.text == (1...500).map { "\($0)\n" }.joined())
        }

        @Test(arguments: [
            ("sed 's/^30\\t/31\\t/'", "record 31"),
            ("sed 's/^30\\t/9999\\t/'", "answered record 9999, which it was not sent"),
            ("sed '/^30\\t/p'", "answered record 30 twice"),
            ("sed 's/^30\\t//'", "does not begin with a record's number"),
            ("sed -u 's/^30\\t/30 /'", "does not begin with a record's number"),
            ("cat; echo end", "more lines than it was sent records"),
        ])
        func aWrongNumberEndsTheRunWhereItHappens(_ filter: String, _ words: String) throws {
            let run = try run(filter, 100, "-j1")
            #expect(run.status == 1)
            #expect(lines(1...100).hasPrefix(run.text))
            #expect(run.errors.contains(words), "\(run.errors)")
        }

        /// One line left out and another answered twice: no counting would see it.
        @Test func whatCancelsOutIsSeen() throws {
            let run = try run("sed '/^30\\t/d; /^60\\t/p'", 100, "-j1")
            #expect(run.status == 1)
            #expect(lines(1...100).hasPrefix(run.text))
        }

        @Test(arguments: ["sed '/^30\\t/d'", "sed -u '/^30\\t/d'", "sed '/^30\\t/d; s/$//' | tac", "sed '/^30\\t/Q7'"])
        func aRecordWithoutAnAnswerFailsByName(_ filter: String) throws {
            let run = try run(filter, 100, "-j2", "--on-error", "skip")
            #expect(run.status == 1)
            #expect(run.text == lines((1...100).filter { $0 != 30 }))
            #expect(run.errors.contains("(line 30): its filter"), "\(run.errors)")
        }

        /// The answers behind it are there before it fails.
        @Test func severalRecordsWithoutAnAnswerFailByName() throws {
            let run = try run("sed '/^[24]\t/d'", 5, "-j1", "--on-error", "null")
            #expect(run.text == "line 1\n\nline 3\n\nline 5\n")
            #expect(run.status == 1)
        }

        @Test func answersThatOutgrowTheirRoomFindIt() throws {
            let run = try run(
                "awk '{ printf \"%s\", $0; for (i = 0; i < 500; i++) printf \"+\"; print \"\" }' | tac", 2000)
            #expect(run.status == 0, "\(run.errors)")
            let tail = String(repeating: "+", count: 500)
            expectSame(run.output, Array((1...2000).map { "line \($0)\(tail)\n" }.joined().utf8))
        }

        @Test func fieldsAndRefusedRecordsKeepTheirNumbers() throws {
            let run = try procession(
                "map", "--tagged", "-x", "tac", "-f", "csv", "--value", "t", "--on-error", "null",
                input: "id,t\n1,a\n2,\"b\nc\"\n3,d\n")
            #expect(run.text == "a\n\nd\n")
            #expect(run.status == 1)
        }

        @Test func withoutAFilterItIsRefused() throws {
            let run = try procession("map", "--tagged", "-c", "v=upper", input: "a\n")
            #expect(run.status == 2)
            #expect(run.errors.contains("--tagged needs --exec"), "\(run.errors)")
        }
    }
}
