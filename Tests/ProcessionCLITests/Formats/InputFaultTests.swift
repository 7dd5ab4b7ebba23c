import Glibc
import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Input that goes wrong in the middle: what stands before that is written, every time, and then it is said.
    @Suite struct InputFaults {
        /// How a format writes records, and what is printed of them by `-c v=identity`.
        struct Text: Sendable, CustomTestStringConvertible {
            let format: String
            var head = ""
            let record: @Sendable (_ number: Int, _ value: String) -> String
            let output: @Sendable (_ number: Int, _ value: String) -> String
            var outputHead = ""
            /// What is wrong where a record should begin; nothing is wrong in lines.
            var wrong: String?
            var testDescription: String { format }

            func input(_ count: Int, value: (Int) -> String = { "\($0)" }) -> String {
                head + (0..<count).map { record($0, value($0)) }.joined()
            }
            func printed(_ numbers: some Collection<Int>) -> [UInt8] {
                let texts = numbers.enumerated().map { place, number in
                    let text = output(number, "\(number)")
                    return place == 0 && format == "json" ? String(text.dropFirst()) : text
                }
                return texts.isEmpty ? [] : Array((outputHead + texts.joined()).utf8)
            }
        }

        static let texts: [Text] = [
            Text(format: "lines", record: { "\($1)\n" }, output: { "\($1)\n" }),
            Text(
                format: "csv", head: "k,v\n", record: { "\"r\n\($0)\",\($1)\n" }, output: { "\"r\n\($0)\",\($1)\n" },
                outputHead: "k,v\n", wrong: "short\n"),
            Text(
                format: "tsv", head: "k\tv\n", record: { "r\($0)\t\($1)\n" }, output: { "r\($0)\t\($1)\n" },
                outputHead: "k\tv\n", wrong: "a\tb\tc\n"),
            Text(
                format: "ndjson", record: { "{\"key\":\($0),\"value\":\"\($1)\"}\n" },
                output: { "{\"key\":\($0),\"v\":\"\($1)\"}\n" }, wrong: "{\"key\":]\n"),
            Text(
                format: "json", head: "{ ", record: { ($0 == 0 ? "" : ",\n") + "\"r\($0)\": \"\($1)\"" },
                output: { ",\"r\($0)\":\"\($1)\"" }, outputHead: "{", wrong: ",}"),
        ]
        static let sources = ["file", "pipe"]

        private func run(
            _ source: String, _ input: [UInt8], _ arguments: [String], faults: String? = nil
        ) throws -> CommandResult {
            let directory = try TemporaryDirectory()
            let file = source == "file" ? [try directory.file("input", input)] : []
            let run = try RunningCommand(
                script: "exec procession map -j 2 \"$@\"", arguments + file,
                environment: faults.map { ["PROCESSION_FAULTS=\($0)"] } ?? [])
            if source == "pipe" { try run.send(input) }
            return try run.finish()
        }

        private func line(_ text: String) -> Int { 1 + text.utf8.filter { $0 == 10 }.count }

        @Test(arguments: texts, sources)
        func everyRecordBeforeItIsWritten(_ text: Text, _ source: String) throws {
            guard let wrong = text.wrong else { return }
            let seed = printedSeed()
            var random = SplitMix(seed: seed)
            for round in 0..<10 {
                let count = round == 0 ? 0 : Int.random(in: 1...3000, using: &random)
                let before = text.input(count)
                let input = before + wrong + text.record(1, "1")
                let result = try run(source, Array(input.utf8), ["-f", text.format, "-c", "v=identity"])
                #expect(result.status == 3, "seed \(seed): \(result.errors)")
                expectSame(result.output, text.printed(0..<count))
                #expect(result.errorLines.last?.contains("line \(line(before)), byte ") == true, "\(result.errors)")
                #expect(result.errorLines.last?.contains("stopped there, \(count) records done") == true)
            }
        }

        struct End: Sendable, CustomTestStringConvertible {
            let format, input, output, complaint: String
            var testDescription: String { "\(format): \(input)" }
        }

        static let ends = [
            End(
                format: "json", input: "{\"a\":1,\"b\":2}\n x", output: "{\"a\":1,\"b\":2",
                complaint: "line 2, byte 15: nothing can follow"),
            End(
                format: "json", input: "{\"a\":1,\"b\":\"2\"", output: "{\"a\":1,\"b\":\"2\"",
                complaint: "line 1, byte 14: the input ends before"),
            End(
                format: "json", input: "{\"a\":1,\"b\":\"\0\"}", output: "{\"a\":1",
                complaint: "line 1, byte 12: a control"),
            End(
                format: "json", input: "{\"a\":1 \"b\":2}", output: "{\"a\":1",
                complaint: "line 1, byte 7: a comma or '}'"),
            End(
                format: "ndjson", input: "{\"key\":1,\"value\":2}\n{\"key\":", output: "{\"key\":1,\"v\":2}\n",
                complaint: "line 2, byte 27: the input ends inside"),
            End(
                format: "ndjson", input: "{\"key\":1,\"value\":2}\n\n{}\n", output: "{\"key\":1,\"v\":2}\n",
                complaint: "line 2, byte 20: a line is empty"),
            End(
                format: "csv", input: "k,v\na,1\nb,\"2\n", output: "k,v\na,1\n",
                complaint: "line 3, byte 10: this quoted"),
            End(
                format: "csv", input: "k,v\na,1\n\nb,2\n", output: "k,v\na,1\n",
                complaint: "line 3, byte 8: this row has 1"),
            End(
                format: "tsv", input: "k\tv\na\t1\nb\t2\t3\n", output: "k\tv\na\t1\n",
                complaint: "line 3, byte 8: this row has 3"),
        ]

        @Test(arguments: ends, sources)
        func whateverIsWrongBehindGoodRecordsTheyAreWritten(_ end: End, _ source: String) throws {
            for _ in 0..<3 {
                let result = try run(source, Array(end.input.utf8), ["-f", end.format, "-c", "v=identity"])
                #expect(result.status == 3)
                #expect(result.text == end.output)
                #expect(result.errors.contains(end.complaint), "\(result.errors)")
            }
        }

        /// Longer than half the window, which is found out in the middle of reading it.
        @Test(arguments: texts, sources)
        func everyRecordBeforeATooLongOneIsWritten(_ text: Text, _ source: String) throws {
            for count in [0, 1, 20_000] {
                let input = text.input(count + 1) { $0 == count ? String(repeating: "x", count: 1_200_000) : "\($0)" }
                let result = try run(
                    source, Array(input.utf8), ["-f", text.format, "-c", "v=identity", "--window", "1M"])
                #expect(result.status == 3)
                #expect(result.errors.contains("this record is longer than half the window"), "\(result.errors)")
                expectSame(result.output, text.printed(0..<count))
            }
        }

        #if DEBUG
            /// Which of the parent's reads is the first one of the input.
            private static let firstRead = (1...100).first { visit in
                let run = try? RunningCommand(
                    script: "exec procession map -j 2 -c v=identity",
                    environment: ["PROCESSION_FAULTS=parent read \(visit) fail:EIO"])
                return (try? run?.finish())?.errors.contains("input cannot be read at byte 0") == true
            }

            @Test(arguments: texts, sources)
            func everyRecordBeforeWhatCannotBeReadIsWritten(_ text: Text, _ source: String) throws {
                let ends = (0..<50_000).reduce(into: [text.head.utf8.count]) {
                    $0.append($0.last! + text.record($1, "\($1)").utf8.count)
                }
                let input = Array(text.input(50_000).utf8)
                let first = try #require(Self.firstRead)
                var struck = 0
                for visit in first...first + 6 {
                    let result = try run(
                        source, input, ["-f", text.format, "-c", "v=identity"], faults: "parent read \(visit) fail:EIO")
                    // Other files are read, too. The message says how far the input was.
                    let words = result.errors.split(separator: "input cannot be read at byte ")
                    guard words.count == 2, let byte = Int(words[1].prefix { $0 != ":" }) else { continue }
                    struck += 1
                    #expect(result.status == 3)
                    expectSame(result.output, text.printed(0..<ends.dropFirst().filter { $0 <= byte }.count))
                }
                #expect(struck > 0)
            }
        #endif

        @Test(arguments: texts.dropFirst(), sources)
        func aRecordBeforeItThatFailsEndsTheRun(_ text: Text, _ source: String) throws {
            let input = text.input(500) { $0 == 300 ? "bad" : "\($0)" } + text.wrong!
            let result = try run(source, Array(input.utf8), ["-f", text.format, "-c", "v=scale:1"])
            #expect(result.status == 1, "\(result.errors)")
            #expect(result.errorLines.last?.contains("300 records done") == true, "\(result.errors)")
        }

        @Test(arguments: texts.dropFirst(), sources)
        func recordsBeforeItThatAreLeftOutDoNotEndTheRun(_ text: Text, _ source: String) throws {
            let input = text.input(500) { $0 % 100 == 7 ? "bad" : "\($0)" } + text.wrong!
            let result = try run(
                source, Array(input.utf8), ["-f", text.format, "--on-error", "skip", "-c", "v=double"])
            #expect(result.status == 3, "\(result.errors)")
            #expect(result.errorLines.last?.contains("500 records done") == true, "\(result.errors)")
            #expect(result.text.contains("998") && !result.text.contains("bad"))
        }

        /// A filter that answers late has its time, and is not taken for one that answers too little.
        @Test(arguments: sources)
        func filtersAreBroughtToTheirEnd(_ source: String) throws {
            let rows = (0..<5000).map { "a\($0),b\n" }.joined()
            let result = try run(
                source, Array(("k,v\n" + rows + "short\n").utf8), ["-f", "csv", "-x", "tr a-z A-Z; sleep 0.2"])
            #expect(result.status == 3, "\(result.errors)")
            expectSame(result.output, Array(rows.uppercased().utf8))
            #expect(result.errorLines.count == 1, "\(result.errors)")
        }

        @Test(arguments: texts.dropFirst())
        func aCheckpointStandsBehindTheLastGoodRecord(_ text: Text) throws {
            let directory = try TemporaryDirectory()
            let input = text.input(3000) + text.wrong!
            let file = try directory.file("input", input)
            let arguments = [
                "map", "-f", text.format, "-c", "v=identity", "--checkpoint", directory.path + "/ckpt", "-o",
                directory.path + "/out", file,
            ]
            let first = try script("exec procession \"$@\"", arguments)
            #expect(first.status == 3, "\(first.errors)")
            expectSame(try File.contents(of: directory.path + "/out"), text.printed(0..<3000))
            let again = try script("exec procession \"$@\"", arguments + ["--resume"])
            #expect(again.status == 3)
            #expect(again.errors == first.errors)
            expectSame(try File.contents(of: directory.path + "/out"), text.printed(0..<3000))
        }

        @Test func aSignalThatComesMeanwhileWins() throws {
            let run = try start("map", "-f", "csv", "-x", "while read -r line; do sleep 20; done")
            try run.send("k,v\na,1\nshort\n")
            try run.wait(upTo: .now + .milliseconds(500))
            try run.kill(SIGINT)
            #expect(try run.finish().status == 130)
        }
    }
}
