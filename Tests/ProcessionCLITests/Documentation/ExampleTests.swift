import Testing

/// The programs of `Sources/Examples`, run as a user runs them.
@Suite struct ExampleTests {
    @Test func twoResultsPerKeyComeInTheOrderOfTheDictionary() throws {
        let run = try example("TwoResults")
        #expect(
            run.text == """
                tea 357 TEA 357 ct
                bread 381 BREAD 381 ct
                apple 48 APPLE 48 ct

                """)
    }

    @Test func aStreamGoesOnAfterALineThatFailed() throws {
        let run = try example("ScoreLines", input: "one two\n\nthree\n")
        #expect(run.text == "2\n-\n1\nline 2: the line is empty\n")
    }

    @Test func aCrashCostsOneRecord() throws {
        let run = try example("DeadlyRecord")
        #expect(run.text == "red 25\ngreen has none: the function crashed\nblue 20\nworkers replaced: 1\n")
    }

    private func example(_ name: String, input: String = "") throws -> CommandResult {
        let run = try RunningCommand(script: "exec \"$1\"", [try builtProducts() + "/" + name])
        try run.send(input)
        let result = try run.finish()
        #expect(result.status == 0, "\(result.errors)")
        return result
    }
}
