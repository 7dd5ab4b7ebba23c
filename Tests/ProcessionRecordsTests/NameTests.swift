import ProcessionRecords
import Testing

/// A name is its bytes, wherever one is given and looked up.
@Suite struct NameTests {
    static let composed = "\u{E9}"
    static let decomposed = "e\u{301}"

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was refused"
        } catch {
            return "\(error)"
        }
    }

    @Test func namesOfOtherBytesAreOtherNames() {
        #expect(Self.composed == Self.decomposed)
        #expect(FieldName(Self.composed) != FieldName(Self.decomposed))
        #expect(FieldName([0xFF]) != FieldName("\u{FFFD}"))
    }

    @Test(arguments: [(composed, decomposed), (decomposed, composed)])
    func aFieldInAnotherCompositionIsNotTheOneThatWasNamed(given: String, there: String) throws {
        for (format, comma) in [(RecordFormat.csv, ","), (.tsv, "\t")] {
            let table =
                ["id", "other", there].joined(separator: comma) + "\n"
                + ["1", "wrong", "right"].joined(separator: comma)
            for plan in [
                try plan(format, "v=identity@\(given)"), try plan(format, "v=identity", value: given),
                try plan(format, "v=identity@id", key: given),
                try RecordPlan(input: format, .filter, value: FieldName(given)),
            ] {
                let refusal = message { _ = try run(table, plan) }
                #expect(refusal.contains("the header has no field '\(given)'; there is one in another composition"))
            }
            let found = try run(table, plan(format, "v=identity@\(there)", key: there))
            #expect(found.text.split(separator: "\n").last == "right\(comma)right")
            #expect(message { _ = try run("\(there)\n1\n", plan(format, "v=identity@\(given)")) }.contains("no field"))
        }
    }

    @Test(arguments: [(composed, decomposed), (decomposed, composed)])
    func aMemberInAnotherCompositionIsNotTheOneThatWasNamed(given: String, there: String) throws {
        let lines = "{\"key\":1,\"value\":0,\"\(there)\":2}\n{\"key\":1,\"value\":0,\"\(given)\":3}\n"
        let outcome = try run(lines, plan(.ndjson, "v=identity@\(given)"))
        #expect(outcome.text == "{\"key\":1,\"v\":3}\n")
        #expect(
            outcome.failures.count == 1 && outcome.failures[0].contains("no field '\(given)'; there is one in another"))
        let keys = try run(lines, plan(.ndjson, "v=identity", key: given))
        #expect(keys.failures.count == 1 && keys.text.contains(":3,"))
        let object = try run("{\"a\":{\"\(there)\":1}}", plan(.json, "v=identity@\(given)"))
        #expect(object.failures.count == 1 && object.failures[0].contains("in another composition"))
    }

    @Test func bothCompositionsCanStandSideBySide() throws {
        let table = "id,\(Self.composed),\(Self.decomposed)\n1,2,3\n"
        let both = try plan(
            .csv, "\(Self.composed)=identity@\(Self.decomposed)", "\(Self.decomposed)=identity@\(Self.composed)")
        #expect(try run(table, both).bytes == Array("id,\(Self.composed),\(Self.decomposed)\n1,3,2\n".utf8))
    }

    @Test func namesNeedNotBeUTF8() throws {
        let header: [UInt8] = Array("id,".utf8) + [0xE9, 0x2C, 0xE8]
        let input = header + Array("\n1,2,3\n".utf8)
        let column = try Column(parsing: [0xFF] + Array("=double@".utf8) + [0xE8])
        let outcome = try run(input, RecordPlan(input: .csv, .columns([column], .keyed), key: FieldName([0xE9])))
        #expect(outcome.bytes == [0xE9, 0x2C, 0xFF] + Array("\n2,6\n".utf8))
        #expect(message { _ = try run(input, plan(.csv, "v=double@\u{FFFD}")) }.contains("no field"))
        for columns in [[column], [column, column, Column(name: "b", function: .double)]] {
            #expect(throws: PlanError.self) {
                try RecordPlan(input: .csv, output: .ndjson, .columns(columns, .keyed))
            }
        }
        let two = [column, Column(name: "b", function: .double)]
        #expect(
            message { _ = try RecordPlan(input: .json, .columns(two, .keyed)) }.contains("a name cannot be written"))
    }

    @Test func aNameIsDividedAtBytesAndNotAtLetters() throws {
        let column = try Column(parsing: "a=double@\u{301}b")
        #expect(column.field == "\u{301}b")
        #expect(message { _ = try Column(parsing: "=\u{301}=double") }.contains("no name before"))
    }

    @Test func aNameThatIsNotFoundIsNeverAnotherField() throws {
        #expect(
            message { _ = try run("a,b\n1,2\n", plan(.csv, "v=identity@nothing")) }
                == "the header has no field 'nothing'; there are 'a', 'b'")
        #expect(message { _ = try run("a\n1\n", plan(.csv, "v=identity@b")) }.contains("did you mean 'a'?"))
        #expect(
            message { _ = try run("a,b\n1,2\n", RecordPlan(input: .csv, .filter, key: "c")) }.contains(
                "no field 'c'"))
        #expect(message { _ = try run("a,a\n1,2\n", plan(.csv, "v=identity@a")) }.contains("more than one field 'a'"))
        // Where no name was given, fields are taken by their place.
        #expect(try run("a,a\n1,2\n", plan(.csv, "v=identity")).text == "a,v\n1,2\n")
    }

    @Test func noPlanThatTrapsIsMade() throws {
        #expect(throws: PlanError.self) { try RecordPlan(input: .lines, .filter, key: "a") }
        let table = try plan(.csv, "v=identity", append: true)
        for header in ["\n", "\"\"\n", "a\n", ",\n", "\"a\n\"\n"] {
            if let known = try? table.with(header: Array(header.utf8)) { _ = try RecordMapper(plan: known) }
        }
    }
}
