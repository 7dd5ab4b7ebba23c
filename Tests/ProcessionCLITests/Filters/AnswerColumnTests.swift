import ProcessionSystem
import Testing

extension CommandLineTests {
    /// `--answers`: what a filter answers are columns, which fail, are counted and are continued as columns do.
    @Suite struct AnswerColumns {
        private func run(_ filter: String, _ input: String, _ more: String...) throws -> CommandResult {
            let run = try RunningCommand(script: "exec procession \"$@\"", ["map", "-x", filter] + more)
            try run.send(input)
            return try run.finish()
        }

        private static let examples = "\(Document.root)/Tests/Examples"

        /// The three examples of the problem, by its own program and by a filter of ten lines.
        @Test(arguments: [
            (
                #"{"a": 1, "b": 2, "c": 3}"#, "twice:json", false,
                "OrderedDict(pool.starmap(double, data.items()))"
            ),
            (
                #"{"a": 1, "b": 2, "c": 3}"#, "twice:json,text", true,
                """
                (lambda results: {"twice": OrderedDict((k, p) for k, p, t in results), \
                "text": OrderedDict((k, t) for k, p, t in results)})(pool.starmap(both, data.items()))
                """
            ),
            (
                #"{"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}, "c": {"x": 5, "y": 6}}"#, "twice:json", false,
                "OrderedDict((k, json.loads(v)) for k, v in pool.starmap(nested, [(k, json.dumps(v)) for k, v in data.items()]))"
            ),
        ])
        func theProblemsExamplesComeOutAsItsProgramHasThem(
            _ input: String, _ answers: String, _ isSplit: Bool, _ result: String
        ) throws {
            let program = """
                import json
                from collections import OrderedDict
                from multiprocessing import Pool

                def double(key, value):
                    return (key, value * 2)

                def both(key, value):
                    return (key, value * 2, str(value))

                def nested(key, json_str):
                    return (key, json.dumps({k: v * 2 for k, v in json.loads(json_str).items()}))

                data = OrderedDict(json.loads('\(input)'))
                with Pool(processes=3) as pool:
                    print(json.dumps(\(result), separators=(",", ":")))
                """
            let expected = try shell("exec python3 -c \"$1\"", program)
            #expect(expected.status == 0, "\(expected.errors)")
            let run = try shell(
                "printf %s \"$1\" | procession map -f json -x 'python3 double.py' --answers-format json --answers \"$2\" $3",
                input, answers, isSplit ? "--split" : "", directory: Self.examples)
            #expect(run.status == 0 && run.errors == "", "\(run.errors)")
            expectSame(run.output, expected.output)
        }

        // MARK: Wrong answers

        private static let numbers = (1...3000).map { "\($0)\n" }.joined()

        /// By the record, the column and the answer; the others are right, whatever becomes of it.
        @Test(arguments: ["fail", "skip", "null"], [[], ["--tagged"]])
        func aWrongAnswerFailsItsRecordByName(_ policy: String, _ more: [String]) throws {
            let command = try RunningCommand(
                script: "exec procession \"$@\"",
                ["map", "-x", "sed 's/1777$/x/'", "--answers", "n:number", "-t", "csv", "--on-error", policy] + more)
            try command.send(Self.numbers)
            let run = try command.finish()
            #expect(run.status == 1)
            #expect(
                run.errors.contains("record 1777 (line 1777): column 'n': 'x' is no number, in the answer 'x'"),
                "\(run.errors)")
            let rows = (1...3000).map { $0 == 1777 ? (policy == "null" ? "1777,\n" : "") : "\($0),\($0)\n" }
            expectSame(run.output, Array(("key,n\n" + rows.prefix(policy == "fail" ? 1776 : 3000).joined()).utf8))
        }

        @Test func everyAnswerMayBeWrong() throws {
            let run = try run("sed s/^/x/", Self.numbers, "--answers", "n:number", "--on-error", "null", "-t", "ndjson")
            #expect(run.status == 1)
            expectSame(run.output, Array((1...3000).map { "{\"key\":\($0),\"n\":null}\n" }.joined().utf8))
            #expect(
                run.errorLines.last == "procession: 3000 records done, 3000 of them failed and were given empty values")
        }

        /// The only column of lines passes as it came; what has a tab in it does not.
        @Test func anAnswerWithATabTooManyFailsAmongLines() throws {
            let input = Self.numbers + "open end"
            let run = try run("sed 's/^2500$/2\\t5/'", input, "--answers", "n", "--on-error", "skip")
            #expect(run.status == 1)
            expectSame(run.output, Array(input.replacing("\n2500\n", with: "\n").utf8))
            #expect(
                run.errors.contains("(line 2500): column 'n': the answer '2\\t5' has 2 fields, not 1"), "\(run.errors)")
        }

        // MARK: Filters that go wrong

        @Test(arguments: [
            ("grep -v --line-buffered '^2777$'", "its filter exited with 1"),
            ("sed '/^2777$/d'", "its filter ended without an answer to it"),
            (
                "python3 -c 'import sys,os\nfor l in sys.stdin: os.abort() if l == \"2777\\n\" else print(l, end=\"\")'",
                "its filter"
            ),
        ])
        func theRecordWithoutAnAnswerIsFoundAndTheOthersHaveTheirOwn(_ filter: String, _ words: String) throws {
            let run = try run(
                filter, Self.numbers, "--answers", "n:number", "-c", "d=double", "--on-error", "null", "-t", "tsv")
            #expect(run.status == 1)
            let rows = (1...3000).map { $0 == 2777 ? "2777\t\t\n" : "\($0)\t\($0 * 2)\t\($0)\n" }.joined()
            expectSame(run.output, Array(("key\td\tn\n" + rows).utf8))
            #expect(run.errors.contains("record 2777 (line 2777): \(words)"), "\(run.errors)")
        }

        @Test func aLineTooManyEndsTheRun() throws {
            let run = try run("sed -u p", Self.numbers, "--answers", "n", "-t", "csv")
            #expect(run.status == 1)
            #expect(run.errors.contains("more lines than it was sent records"), "\(run.errors)")
        }

        @Test func taggedAnswersComeInAnyOrder() throws {
            let rows = (1...3000).map { "k\($0),\($0)\n" }.joined()
            let run = try run(
                "shuf | awk '{ print $1 \"\\t\" $2 \"\\t\" NR * 0 }'", "key,n\n" + rows, "-f", "csv", "--tagged",
                "--send", "value",
                "--answers", "n,zero:number")
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.text == "key,n,zero\n" + rows.replacing("\n", with: ",0\n"))
        }

        /// Columns are longer than answers, whose room was thought to be enough: by their fields, and by what is doubled.
        @Test(arguments: [[], ["--tagged"]], [0, 40])
        func columnsMayOutgrowTheirRoom(_ more: [String], _ bad: Int) throws {
            let key = String(repeating: "\"\"", count: 400)
            let input = "id,v\n" + (1...2000).map { "\"\(key)\($0)\",\($0)\n" }.joined()
            let command = try RunningCommand(
                script: "exec procession \"$@\"",
                [
                    "map", "-f", "csv", "-t", "ndjson", "-x", "sed 's/\\t0*\(bad)$/\\tx/; s/^0*\(bad)$/x/'", "--send",
                    "value",
                    "--answers", "n:number", "--append", "--on-error", "null", "--window", "2M", "-j2",
                ] + more)
            try command.send(input)
            let run = try command.finish()
            #expect(run.status == (bad > 0 ? 1 : 0), "\(run.errors)")
            let inJSON = String(repeating: "\\\"", count: 400)
            let rows = (1...2000).map {
                "{\"id\":\"\(inJSON)\($0)\",\"v\":\"\($0)\",\"n\":\($0 == bad ? "null" : "\($0)")}\n"
            }
            expectSame(run.output, Array(rows.joined().utf8))
        }

        /// Some records are not sent, some are answered wrongly, in whatever chunks; the empty values of both are right.
        @Test func recordsThatAreNotSentFailBesideThoseThatAreAnsweredWrongly() throws {
            let input = (1...2000).map { number in
                "{\"key\":\(number)" + (number % 7 == 0 ? "" : ",\"value\":\"\(number % 5 == 0 ? "a\\nb" : "c")\"")
                    + "}\n"
            }.joined()
            let run = try run(
                "awk 'NR % 3 == 0 { print; next } { print \"1\" }'", input, "-f", "ndjson", "--send", "value",
                "--tagged",
                "--answers", "n:number", "--on-error", "null", "--chunk-size", "17")
            #expect(run.status == 1)
            #expect(run.errors.contains("does not begin with a record's number"), "\(run.errors)")
            let counted = try self.run(
                "sed s/c/1/", input, "-f", "ndjson", "--send", "value", "--answers", "n:number", "--on-error", "null",
                "--chunk-size", "17")
            let rows = (1...2000).map { "{\"key\":\($0),\"n\":\($0 % 7 == 0 || $0 % 5 == 0 ? "null" : "1")}\n" }
            expectSame(counted.output, Array(rows.joined().utf8))
            #expect(
                counted.errors.contains("record 5 (line 5, key 5): the record has a newline in it"), "\(counted.errors)"
            )
            #expect(counted.errors.contains("record 7 (line 7, key 7): the record has no field 'value'"))
        }

        // MARK: Refusals and checkpoints

        @Test(arguments: [
            ("--answers a:int", "text, number, bool and json"), ("--answers a,,b", "has no name"),
            ("--answers a,a", "two columns are called 'a'"), ("--answers id", "the name of a field that is kept"),
            ("--answers v --append", "the name of a field that is kept"),
            ("--answers a --split", "only be written as json"),
            ("--answers a --key no", "no field 'no'"), ("--answers a -c b=upper@no", "no field 'no'"),
            ("--answers a --append -t json", "can be appended"),
            ("--answers-format json", "--answers-format needs --answers"),
            ("--send tsv --value v", "--send tsv sends all fields"), ("--answers a --tagged=yes", "takes no value"),
        ])
        func whatCannotApplyIsRefusedBeforeAnyFileIsTouched(_ words: String, _ reason: String) throws {
            let directory = try TemporaryDirectory()
            for name in ["in.csv", "out", "stats"] { _ = try directory.file(name, "id,v\n1,a\n") }
            let run = try shell(
                "exec procession map -x cat in.csv -o out --stats stats " + words, directory: directory.path)
            #expect(run.status == 2)
            #expect(run.errorLines.count == 1 && run.errors.contains(reason), "\(run.errors)")
            for name in ["in.csv", "out"] {
                #expect(try File.contents(of: directory.path + "/" + name) == Array("id,v\n1,a\n".utf8))
            }
        }

        @Test func aRunThatWasCutOffGoesOn() throws {
            let run = try CheckpointedRun(
                [
                    "-x", "sed 's/^\\(.*\\)5$/&\\tx/; t; s/$/\\ty/'", "--answers", "n:number,w", "-c", "d=double", "-t",
                    "csv", "-j2",
                ],
                input: Array((1...20000).map { "\($0)\n" }.joined().utf8))
            let (expected, _) = try run.undisturbed()
            try run.cutOff()
            let other = try run.run(CheckpointedRun.again + " --answers-format json")
            #expect(other.status == 2)
            #expect(
                other.errors.contains("begun with --answers-format tsv, and this is with --answers-format json"),
                "\(other.errors)")
            let result = try run.run(CheckpointedRun.again)
            #expect(result.status == 0, "\(result.errors)")
            expectSame(try run.contents("out"), expected)
        }
    }
}
