internal import Foundation
import Testing

extension CommandLineTests {
    /// What people see: the command on a pseudo-terminal, and the screen that it leaves.
    @Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"))) struct Screens {
        /// A shell's words, run on a terminal of their own. Of `$1` there it takes the place.
        private func start(_ words: String, _ arguments: String..., columns: Int = 80, name: String = "xterm") throws
            -> RunningCommand
        {
            // `script` copies all that its terminal shows to its standard output.
            try RunningCommand(
                script: """
                    export TERM=\(name) WORDS="stty cols \(columns); $1"; shift; printf -v A ' %q' "$@"
                    exec script -qefc "bash -c \\"\\$WORDS\\" --$A" /dev/null
                    """, [words] + arguments)
        }

        private func lines(of run: RunningCommand, columns: Int = 80) -> [String] {
            Screen(run.written, columns: columns).lines
        }

        /// Numbers from 1, a line each, in a file.
        private func numbers(_ count: Int, in directory: borrowing TemporaryDirectory) throws -> String {
            try directory.file("numbers", (1...count).map { "\($0)\n" }.joined())
        }

        @Test func readmesFirstExampleIsOneCleanLine() throws {
            let example = "printf '{\"a\": 1, \"b\": 2, \"c\": 3}' | procession map -f json -c value=double"
            for words in [example, "(sleep 1; \(example.replacing(" |", with: ") |"))"] {
                let run = try start(words)
                _ = try run.finish()
                #expect(lines(of: run) == [#"{"a":2,"b":4,"c":6}"#])
            }
        }

        /// A pager has the screen to itself.
        @Test(arguments: ["cat", "less -FX --no-keypad"])
        func nothingIsDrawnOverWhatReadsTheResults(_ pager: String) throws {
            guard try shell("command -v $1", pager).status == 0 else { return }
            let directory = try TemporaryDirectory()
            let run = try start("procession map -x 'sleep 1; cat' \"$1\" | \(pager)", try numbers(3, in: directory))
            _ = try run.finish()
            #expect(lines(of: run) == ["1", "2", "3"])
        }

        @Test func aSlowHeadIsNamedAndALastLineStays() throws {
            let directory = try TemporaryDirectory()
            let input = try numbers(4000, in: directory)
            let filter = "while read x; do [ $x = 100 ] && sleep 4; echo $x; done"
            let run = try start(
                "procession map -j2 --chunk-size 1 -x \"$3\" \"$1\" -o \"$2\"", input, directory.path + "/out", filter,
                columns: 100)
            var seen: [String] = []
            try run.wait {
                seen = self.lines(of: run, columns: 100)
                return seen.last?.contains("done behind it") == true
            }
            #expect(seen.count == 1)
            let line =
                #/ *\d+%  (?:\[#*\.*\]  )?(\d+) records?  waiting for record (\d+) or later, [\d.]+ s  [\d,]+ done behind it.*/#
            let found = try #require(try line.wholeMatch(in: seen[0]), "\(seen)")
            // What a filter has answered before it is slow may not be certain yet.
            #expect(Int(found.1)! + 1 == Int(found.2)! && Int(found.2)! <= 100, "\(seen)")
            _ = try run.finish()
            let last = lines(of: run, columns: 100)
            #expect(last.count == 1)
            #expect(try #/procession: 4000 records done in \d+(\.\d)? s/#.wholeMatch(in: last[0]) != nil, "\(last)")
        }

        /// A serial line, say, whose size nobody has set.
        @Test func aTerminalThatDoesNotKnowItsWidthShowsTheLine() throws {
            let directory = try TemporaryDirectory()
            let run = try start(
                "procession map -j1 -x 'while read x; do sleep 0.01; echo $x; done' \"$1\" -o \"$2\"",
                try numbers(150, in: directory), directory.path + "/out", columns: 0)
            try run.wait { self.lines(of: run).last?.contains(/\d+%.* records/) == true }
            _ = try run.finish()
            #expect(lines(of: run).last?.hasPrefix("procession: 150 records done in ") == true)
        }

        @Test(arguments: [20, 9]) func aNarrowTerminalHasOneLineWithWholeNumbers(columns: Int) throws {
            let directory = try TemporaryDirectory()
            let run = try start(
                "procession map -j1 -x 'while read x; do sleep 0.01; echo $x; done' \"$1\" -o \"$2\"",
                try numbers(150, in: directory), directory.path + "/out", columns: columns)
            var widest = 0
            try run.wait {
                let seen = self.lines(of: run, columns: columns)
                if seen.first?.first != "p" { #expect(seen.count <= 1, "\(seen)") }
                if seen.count == 1, seen[0].contains("record") { widest = max(widest, seen[0].count) }
                return false
            }
            #expect(widest <= columns)
            #expect(columns < 20 || widest > 0)
            #expect(lines(of: run, columns: columns).joined().hasPrefix("procession: 150 records done in "))
        }

        @Test func whatAFilterSaysStandsOnLinesOfItsOwn() throws {
            let directory = try TemporaryDirectory()
            let filter = "while read x; do sleep 0.05; printf 'note ' >&2; echo $x >&2; echo $x; done; printf end >&2"
            let run = try start(
                "procession map -j1 -x \"$3\" \"$1\" -o \"$2\"", try numbers(30, in: directory),
                directory.path + "/out", filter)
            var drawn = 0
            try run.wait {
                var seen = self.lines(of: run)
                if seen.last?.contains(" record") == true { drawn += 1 }
                if seen.last?.contains("note") != true { seen = seen.dropLast() }
                #expect(seen == (1...30).prefix(seen.count).map { "note \($0)" } || seen.contains("end"))
                return false
            }
            #expect(drawn > 0)
            let last = lines(of: run)
            #expect(last.dropLast() == (1...30).map { "note \($0)" } + ["end"], "\(last)")
            #expect(last.last?.hasPrefix("procession: 30 records done in ") == true)
        }

        @Test func aDumbTerminalGetsNoEscapes() throws {
            let directory = try TemporaryDirectory()
            let run = try start(
                "procession map --progress -x 'sleep 1; cat' \"$1\" -o \"$2\"", try numbers(3, in: directory),
                directory.path + "/out", name: "dumb")
            _ = try run.finish()
            #expect(!run.written.contains(0x1B))
            #expect(lines(of: run).joined().hasPrefix("procession: 3 records done in "), "\(lines(of: run))")
        }

        @Test func anInterruptedRunLeavesOneLine() throws {
            let directory = try TemporaryDirectory()
            let run = try start(
                "procession map -x 'while read x; do sleep 0.1; echo $x; done' \"$1\" -o \"$2\"",
                try numbers(300, in: directory), directory.path + "/out", columns: 300)
            try run.wait { self.lines(of: run, columns: 300).last?.contains(" record") == true }
            try run.send("\u{3}")
            _ = try run.finish()
            let last = lines(of: run, columns: 300)
            #expect(last.count == 1 && last[0].hasPrefix("procession: interrupted at record "), "\(last)")
        }
    }
}
