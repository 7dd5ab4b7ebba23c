import ProcessionRecords
import Testing

@Suite struct PlanTests {
    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was refused"
        } catch {
            return "\(error)"
        }
    }

    @Test func readsColumns() throws {
        let column = try Column(parsing: "net price=scale:0.5@gross=@ price")
        #expect(column.name == "net price")
        #expect(column.function.description == "scale:0.5")
        #expect(column.field == "gross=@ price")
        #expect(try Column(parsing: "a=double") == Column(name: "a", function: .double))
    }

    @Test(arguments: [
        ("upper", "'upper' has no '='"), ("=upper", "has no name before"), ("a=", "names no function"),
        ("a=@b", "names no function"), ("a=upper@", "names no field"), ("a=uper", "did you mean 'upper'?"),
        ("a=idnetity", "did you mean 'identity'?"), ("a=quantize", "unknown function 'quantize'"),
        ("a=scale", "lacks its factor"), ("a=scale:", "cannot use the factor ''"),
        ("a=scale:x", "cannot use the factor 'x'"), ("a=scale:inf", "cannot use the factor 'inf'"),
        ("a=scale:9223372036854775808", "cannot use the factor"), ("a=double:2", "takes nothing behind it"),
        ("a=scal:2", "did you mean 'scale'?"),
    ])
    func saysWhatIsWrongWithAColumn(text: String, words: String) throws {
        let message = message { _ = try Column(parsing: text) }
        #expect(message.contains(words), "\(message)")
    }

    @Test func suggestsNothingWhenNothingIsNear() throws {
        #expect(message { _ = try Column(parsing: "a=quantize") }.hasPrefix("unknown function 'quantize'; there are "))
    }

    @Test func refusesWhatCannotBeCarriedOut() throws {
        #expect(message { _ = try plan(.lines) }.hasPrefix("nothing to compute"))
        #expect(message { _ = try plan(.lines, "a=upper", "a=lower") }.contains("two columns are called 'a'"))
        #expect(message { _ = try plan(.csv, "a=upper", split: true) }.contains("only be written as json"))
        #expect(message { _ = try plan(.json, "a=upper", append: true) }.contains("csv, tsv and ndjson only"))
        #expect(message { _ = try plan(.ndjson, to: .csv, "a=upper", append: true) }.contains("not known"))
        #expect(message { _ = try plan(.lines, "a=upper@b") }.contains("a line has none"))
        #expect(message { _ = try plan(.json, "a=upper", key: "b") }.contains("no key field"))
        #expect(message { _ = try plan(.lines, "a=upper", value: "b") }.contains("no value field"))
        #expect(message { _ = try plan(.lines, to: .csv, "key=upper") }.contains("a field that is kept"))
        #expect(message { _ = try plan(.lines, to: .tsv, "a\tb=upper") }.contains("a name cannot be written"))
    }

    @Test func looksFieldsUpOnceTheHeaderIsKnown() throws {
        func message(_ column: String, _ header: String) throws -> String {
            let table = try plan(.csv, column)
            return self.message { _ = try table.with(header: Array(header.utf8)) }
        }
        #expect(try message("a=upper@nmae", "id,name\n") == "the header has no field 'nmae'; did you mean 'name'?")
        #expect(try message("a=upper@name", "id,name\n") == "nothing was refused")
        #expect(try message("id=upper@name", "id,name\n").contains("a field that is kept"))
        #expect(try message("a=upper", "id").contains("one field only"))
    }

    @Test func travelsAsBytes() throws {
        let travelled = try plan(
            .csv, to: .ndjson, "a=scale:1e3@é", "b=identity", key: "k", value: "", append: true, emptyWhenFailed: true
        ).with(header: Array("k,,é\r\n".utf8))
        #expect(try RecordPlan(encoded: travelled.encoded().span) == travelled)
        for format in RecordFormat.allCases {
            let plan = try RecordPlan(input: format, .filter)
            #expect(try RecordPlan(encoded: plan.encoded().span) == plan)
        }
    }

    @Test func refusesDamagedBytes() throws {
        let bytes = try plan(.csv, "a=double@b", key: "k").encoded()
        for length in bytes.indices {
            #expect(throws: PlanError.self) { try RecordPlan(encoded: bytes.span.extracting(..<length)) }
        }
        #expect(throws: PlanError.self) { try RecordPlan(encoded: (bytes + [0]).span) }
        #expect(throws: PlanError.self) { try RecordPlan(encoded: [UInt8](repeating: 0xFF, count: 64).span) }
    }

    @Test(
        arguments: [
            ("csv", .csv), ("NDJSON", .ndjson), ("jsonl", .ndjson), ("json", .json), ("tsv", .tsv), ("txt", nil),
        ]
            as [(String, RecordFormat?)])
    func knowsFormatsByExtension(name: String, format: RecordFormat?) {
        #expect(RecordFormat(fileExtension: name) == format)
    }
}
