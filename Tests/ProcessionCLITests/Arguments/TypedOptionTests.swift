import Testing

extension CommandLineTests {
    /// Options as people type them, and what they may hold.
    @Suite struct TypedOptions {
        private func run(_ words: String, _ input: String) throws -> CommandResult {
            let run = try RunningCommand(script: "exec procession map " + words)
            try run.send(input)
            return try run.finish()
        }

        @Test(arguments: [
            "-cv=upper", "-c v=upper", "-c=v=upper", "--column=v=upper", "-flines -tlines -cv=upper", "-j2 -cv=upper",
            "-x'tr a-z A-Z'", "-x='tr a-z A-Z'", "-o- -cv=upper", "-o - -cv=upper", "-cv=upper -", "-cv=upper -- -",
        ])
        func aValueMayStandBehindItsLetter(_ words: String) throws {
            let run = try run(words, "a\n")
            #expect(run.text == "A\n" && run.errors == "", "\(run)")
        }

        @Test func anOutputFileMayStandBehindItsLetter() throws {
            let directory = try TemporaryDirectory()
            let run = try shell("echo a >in; procession map -cv=upper in -oout; cat out", directory: directory.path)
            #expect(run.text == "A\n" && run.errors == "", "\(run)")
        }

        @Test(arguments: ["-f CSV", "-fCsv", "--from=csv", "-f TSV -t csv", "-f tab -t CSV"])
        func aFormatMayBeSpelledAsItsExtension(_ words: String) throws {
            let run = try run(words + " -cw=upper@k", words.contains("-t") ? "k\tv\na\tb\n" : "k,v\na,b\n")
            #expect(run.text == "k,w\na,A\n", "\(run)")
        }

        @Test(arguments: ["-f jsonl", "-f NDJSON", "-f ndjson -t JSONL"])
        func jsonLinesHaveTwoNames(_ words: String) throws {
            let run = try run(words + " -cv=upper", #"{"key":1,"value":"a"}"#)
            #expect(run.text == #"{"key":1,"v":"A"}"# + "\n", "\(run)")
        }

        @Test(arguments: ["f.csv", "F.CSV", "f.Csv"]) func anExtensionCountsInAnyCase(_ name: String) throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file(name, "k,v\na,b\n")
            #expect(try procession("map", "-c", "w=upper", file).text == "k,w\na,B\n")
        }

        @Test(arguments: [("f.jsonl", "ndjson"), ("F.NDJSON", "ndjson"), ("f.JSON", "json"), ("f.TAB", "tsv")])
        func everyFormatIsKnownByItsExtension(_ name: String, _ format: String) throws {
            let directory = try TemporaryDirectory()
            let text = ["ndjson": "{\"key\":1,\"value\":\"a\"}\n", "json": "{\"a\":\"b\"}", "tsv": "k\tv\na\tb\n"][
                format]!
            let file = try directory.file(name, text)
            let named = try procession("map", "-f", format, "-c", "w=upper", file)
            let guessed = try procession("map", "-c", "w=upper", file)
            #expect(named.status == 0)
            #expect(guessed.output == named.output)
        }

        @Test(arguments: [
            ("-j 0", "'0'", "1 to 10000"), ("-j 10001", "'10001'", "1 to 10000"), ("-j -1", "'-1'", "1 to 10000"),
            ("-j 0%", "'0%'", "50%"), ("-j many", "'many'", "1 to 10000"), ("--retries -1", "'-1'", "0 to 1000000"),
            ("--retries x", "'x'", "0 to 1000000"), ("--chunk-size 0", "'0'", "1 to 1000000000"),
            ("--chunk-size 1.5", "'1.5'", "1 to 1000000000"), ("--timeout 0", "'0'", "from 0.001"),
            ("--timeout -1", "'-1'", "from 0.001"), ("--timeout 1e99", "'1e99'", "from 0.001"),
            ("--window 1", "'1'", "from 1M"), ("--window 64X", "'64X'", "from 1M"),
            ("--window 101%", "'101%'", "from 1M"),
            ("--window -1", "'-1'", "from 1M"),
        ])
        func aNumberOutOfItsRangeIsNamedWithTheRange(_ words: String, _ value: String, _ range: String) throws {
            let run = try run(words + " -c v=upper", "a\n")
            #expect(run.status == 2 && run.text == "")
            let option = String(words.prefix { $0 != " " })
            for text in [option, value, range] { #expect(run.errors.contains(text), "\(run.errors)") }
            #expect(run.errorLines.count == 1, "\(run.errors)")
        }

        @Test(arguments: [
            "-j 150%", "--retries 0", "--retries 1000000", "--timeout 0.001s",
            "--timeout 1h", "--window 1M", "--window 1.5m", "--window 64MiB",
        ])
        func aNumberAtTheEndOfItsRangeIsTaken(_ words: String) throws {
            let run = try run(words + " -c v=upper --no-progress", "")
            #expect(run.status == 0, "\(run.errors)")
        }
    }
}
