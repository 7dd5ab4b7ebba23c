import Testing

extension CommandLineTests {
    /// Records whose function fails: what is written, what is said, and the exit status.
    @Suite struct OnError {
        private func map(_ policy: String, _ format: String, _ text: String, _ more: String...) throws -> CommandResult
        {
            let arguments = ["map", "--on-error", policy, "-f", format, "-c", "v=double"] + more
            let run = try RunningCommand(script: "exec procession \"$@\"", arguments)
            try run.send(text)
            return try run.finish()
        }

        private let lines = "1\nx\n3\n"
        private let object = #"{"a":1,"b":"x","c":3}"#

        @Test(arguments: [("fail", "2\n"), ("skip", "2\n6\n"), ("null", "2\n\n6\n")])
        func linesAreWrittenByPolicy(_ policy: String, _ expected: String) throws {
            #expect(try map(policy, "lines", lines).text == expected)
        }

        @Test(arguments: [
            ("fail", #"{"a":2"#), ("skip", #"{"a":2,"c":6}"# + "\n"), ("null", #"{"a":2,"b":null,"c":6}"# + "\n"),
        ])
        func membersAreWrittenByPolicy(_ policy: String, _ expected: String) throws {
            #expect(try map(policy, "json", object).text == expected)
        }

        @Test func nullGivesEveryColumnANull() throws {
            let run = try map("null", "json", object, "-c", "w=string")
            #expect(run.text == #"{"a":{"v":2,"w":"1"},"b":{"v":null,"w":null},"c":{"v":6,"w":"3"}}"# + "\n")
        }

        @Test func splitWithNullGivesEveryObjectANull() throws {
            let run = try map("null", "json", object, "-c", "w=string", "--split")
            #expect(run.text == #"{"v":{"a":2,"b":null,"c":6},"w":{"a":"1","b":null,"c":"3"}}"# + "\n")
        }

        @Test func aFirstRecordThatIsLeftOutTakesItsCommaAlong() throws {
            #expect(try map("skip", "json", #"{"b":"x","c":3}"#).text == #"{"c":6}"# + "\n")
        }

        @Test(arguments: ["fail", "skip", "null"], ["lines", "json"])
        func aFailureIsExitStatusOne(_ policy: String, _ format: String) throws {
            #expect(try map(policy, format, format == "json" ? object : lines).status == 1)
        }

        @Test(arguments: ["fail", "skip", "null"])
        func standardErrorNamesRecordKeyAndCause(_ policy: String) throws {
            #expect(try map(policy, "lines", lines).errors.contains("record 2 (line 2): 'x' is not a number"))
            #expect(try map(policy, "json", object).errors.contains("record 2 (line 1, key b): 'x' is not a number"))
        }

        @Test(arguments: [
            ("fail", "1 record done"), ("skip", "3 records done, 1 of them failed"),
            ("null", "3 records done, 1 of them failed"),
        ])
        func theLastLineSaysHowManyRecordsAreDone(_ policy: String, _ words: String) throws {
            let run = try map(policy, "lines", lines)
            #expect(run.errorLines.last?.contains(words) == true, "\(run.errors)")
        }

        @Test func everyRecordBeforeTheFailureIsWrittenAndNoneAfterIt() throws {
            let text = (0..<50_000).map { "\($0)\n" }.joined() + "x\n" + String(repeating: "1\n", count: 50_000)
            let run = try map("fail", "lines", text, "-j", "8")
            expectSame(run.output, Array((0..<50_000).map { "\($0 * 2)\n" }.joined().utf8))
            #expect(run.errorLines.last?.hasSuffix("50000 records done") == true, "\(run.errors)")
        }

        @Test func anIntegerThatOverflowsFailsItsRecord() throws {
            let run = try map("fail", "lines", "9223372036854775807\n")
            #expect(run.status == 1)
            expectSame(run.output, [])
        }
    }
}
