import Testing

extension CommandLineTests {
    /// Help is for standard output, and what it shows can be pasted.
    @Suite struct Help {
        @Test(arguments: [
            ["--help"], ["map", "--help"], ["help"], ["help", "map"], ["--version"],
            ["merge", "--help"], ["help", "merge"], ["index", "-h"], ["help", "index"],
        ])
        func helpGoesToStandardOutput(_ arguments: [String]) throws {
            let run = try RunningCommand(script: "exec procession \"$@\"", arguments).finish()
            #expect(run.status == 0)
            #expect(run.output.count > 10)
            #expect(run.errors == "")
        }

        @Test func theHelpOfMapNamesEveryExitCode() throws {
            let help = try procession("map", "--help").text
            for code in ["0", "1", "2", "3", "4", "5", "130", "141", "143"] {
                #expect(help.contains("\(code) "), "\(code)")
            }
        }

        @Test func theHelpOfMapWritesDefaultsAsTheyAreTyped() throws {
            let help = try procession("map", "--help").text
            for text in ["Default: 1.", "Default: 64M."] { #expect(help.contains(text), "\(text)") }
        }

        @Test func everyExampleWorksWhenItIsPasted() throws {
            let examples = try examples(in: procession("map", "--help").text)
            #expect(examples.count >= 5)
            for example in examples {
                let directory = try TemporaryDirectory()
                let run = try shell("exec sh -c \"$1\"", example, directory: directory.path)
                #expect(run.status == 0 && run.errors == "" && run.output.count > 1, "\(example): \(run)")
            }
        }

        @Test func theExampleOfTheWholeProgramWorksWhenItIsPasted() throws {
            let help = try procession("--help").text
            let line = try #require(help.split(separator: "\n").first { $0.contains(" | procession") })
            #expect(try shell(String(line)).text == #"{"a":2,"b":4,"c":6}"# + "\n")
        }

        /// The commands below EXAMPLES, each behind two spaces.
        private func examples(in help: String) throws -> [String] {
            let lines = help.split(separator: "\n")
            let first = try #require(lines.firstIndex(of: "EXAMPLES"))
            let last = try #require(lines[first...].firstIndex { $0.hasPrefix("FORMATS") })
            let block = lines[(first + 1)..<last]
            #expect(block.filter { !$0.hasPrefix("  ") } == [], "a line was folded, and cannot be pasted")
            return block.map { String($0.dropFirst(2)) }
        }
    }
}
