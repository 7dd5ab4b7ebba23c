import ProcessionRecords
import Testing

@Suite struct LinesTests {
    @Test func passesAnyByteThroughIdentity() throws {
        let input: [UInt8] = [0, 0x80, 0xFF, 0x0D, 0x0A, 0x0A, 0xEF, 0xBB, 0xBF, 0x09, 0x0A]
        #expect(try run(input, plan(.lines, "line=identity")).bytes == input)
    }

    @Test func keepsAByteOrderMark() throws {
        #expect(try run("\u{FEFF}a\n", plan(.lines, "line=identity")).text == "\u{FEFF}a\n")
    }

    @Test(arguments: ["", "\n", "a", "a\n", "a\n\n", "\r\n", "a\r\nb"])
    func keepsAMissingNewlineMissing(input: String) throws {
        #expect(try run(input, plan(.lines, "line=identity")).text == input)
    }

    @Test func joinsColumnsByATab() throws {
        let outcome = try run("ab\ncd", plan(.lines, "u=upper", "n=length", "s=string"))
        #expect(outcome.text == "AB\t2\tab\nCD\t2\tcd")
    }

    @Test func multipliesTextsThatSpellANumber() throws {
        let outcome = try run("7\n0.5\n-3e2\n", plan(.lines, "n=scale:3"))
        #expect(outcome.text == "21\n1.5\n-900.0\n")
    }

    @Test(arguments: ["abc", "", " 1", "1 ", "01", "+1", ".5", "1.", "0x10", "nan", "infinity", "1e", "٣"])
    func failsTheRecordThatIsNoNumber(text: String) throws {
        let outcome = try run("1\n\(text)\n2\n", plan(.lines, "n=double"))
        #expect(outcome.text == "2\n4\n")
        #expect(outcome.failures == ["2: '\(text)' is not a number"])
    }

    @Test func leavesValuesEmptyWhenAsked() throws {
        let outcome = try run("1\nx\n2\n", plan(.lines, "n=double", "u=upper", emptyWhenFailed: true))
        #expect(outcome.text == "2\t1\n\t\n4\t2\n")
        #expect(outcome.failures.count == 1)
    }

    @Test func namesThemByNumberInJSON() throws {
        #expect(
            try run("x\ny\n", plan(.lines, to: .ndjson, "v=upper")).text
                == "{\"key\":1,\"v\":\"X\"}\n{\"key\":2,\"v\":\"Y\"}\n")
        #expect(try run("x\ny", plan(.lines, to: .json, "v=upper")).text == "{\"1\":\"X\",\"2\":\"Y\"}\n")
    }

    @Test func saysWhichByteJSONCannotHold() throws {
        let outcome = try run([0x61, 0xFF, 0x0A], plan(.lines, to: .json, "v=identity"))
        #expect(outcome.failures == ["1: byte 1 of 'a\\xFF' is not UTF-8, which JSON demands"])
        #expect(outcome.text == "{}\n")
    }
}
