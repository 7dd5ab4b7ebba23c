import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// One JSON object in, one out.
    @Suite struct JSONObjects {
        private func double(_ text: String) throws -> CommandResult {
            try procession("map", "-f", "json", "-c", "v=double", input: text)
        }

        @Test func duplicateKeysAreKeptInTheirOrder() throws {
            let run = try double(#"{"b":1,"a":2,"b":3,"":4,"a":2}"#)
            #expect(run.text == #"{"b":2,"a":4,"b":6,"":8,"a":4}"# + "\n")
        }

        @Test func manyRandomKeysKeepTheirOrder() throws {
            let seed = printedSeed()
            var random = SplitMix(seed: seed)
            let members = (0..<20_000).map { _ in
                (key: "k\(Int.random(in: 0..<100, using: &random))", value: Int.random(in: -500...500, using: &random))
            }
            func object(_ factor: Int) -> String {
                "{" + members.map { "\"\($0.key)\":\($0.value * factor)" }.joined(separator: ",") + "}"
            }
            expectSame(try double(object(1)).output, Array((object(2) + "\n").utf8))
        }

        @Test func anEmptyObjectGivesAnEmptyObject() throws {
            let run = try double(" {\n} ")
            #expect(run.text == "{}\n")
            #expect(run.status == 0)
        }

        @Test func emptyInputIsMalformedAtItsFirstByte() throws {
            let run = try double("")
            #expect(run.status == 3)
            expectSame(run.output, [])
            #expect(run.errors.contains("line 1, byte 0:"))
        }

        @Test func aMistakeIsNamedByLineAndOffset() throws {
            let run = try double("{\"a\":1,\n\"b\":x}")
            #expect(run.status == 3)
            #expect(run.errors.contains("line 2, byte 12:"))
        }

        @Test func aSecondObjectIsMalformed() throws {
            #expect(try double(#"{"a":1}{"b":2}"#).status == 3)
        }

        @Test func asManyRecordsAreWrittenBeforeAMistakeAsTheLastLineSays() throws {
            let members = (0..<60_000).map { "\"k\":\($0)" }.joined(separator: ",")
            let run = try double("{" + members + ",]")
            let written = run.output.count { $0 == UInt8(ascii: ":") }
            #expect(run.errorLines.last?.hasSuffix(" \(written) records done") == true, "\(written): \(run.errors)")
        }

        @Test func aTextCutOffAnywhereIsRefusedAfterAPrefixOfTheRightOutput() throws {
            let sample = Array(#"{"a": -1.5e3, "é\n": [2, {"x": true}], "a": null}"#.utf8)
            let whole = try procession("map", "-f", "json", "-c", "v=identity", input: sample)
            try #require(whole.status == 0)
            for length in sample.indices {
                let cut = try procession("map", "-f", "json", "-c", "v=identity", input: Array(sample[..<length]))
                #expect(cut.status == 3, "cut at \(length): \(cut.ending), \(cut.errors)")
                #expect(whole.output.starts(with: cut.output), "cut at \(length): \(cut.text)")
            }
        }

        @Test func theExtensionOfAFileSaysThatItIsJSON() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("numbers.json", #"{"a":1}"#)
            #expect(try procession("map", "-c", "v=double", file).text == "{\"a\":2}\n")
        }
    }
}
