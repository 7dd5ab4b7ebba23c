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
        #expect(message { try plan(.lines).validated() }.hasPrefix("nothing to compute"))
        #expect(message { try plan(.lines, "a=upper", "a=lower").validated() }.contains("two columns are called 'a'"))
        #expect(message { try plan(.csv, "a=upper", split: true).validated() }.contains("only be written as json"))
        #expect(message { try plan(.json, "a=upper", append: true).validated() }.contains("csv, tsv and ndjson only"))
        #expect(message { try plan(.ndjson, to: .csv, "a=upper", append: true).validated() }.contains("not known"))
        #expect(message { try plan(.lines, "a=upper@b").validated() }.contains("a line has none"))
        #expect(message { try plan(.json, "a=upper", key: "b").validated() }.contains("no key field"))
        #expect(message { try plan(.lines, "a=upper", value: "b").validated() }.contains("no value field"))
        #expect(message { try plan(.lines, to: .csv, "key=upper").validated() }.contains("a field that is kept"))
        #expect(message { try plan(.lines, to: .tsv, "a\tb=upper").validated() }.contains("a name cannot be written"))
        var filter = try plan(.lines, "a=upper")
        filter.exec = true
        #expect(message { try filter.validated() }.contains("cannot be combined"))
    }

    @Test func looksFieldsUpOnceTheHeaderIsKnown() throws {
        var table = try plan(.csv, "a=upper@nmae")
        try table.validated()
        table.header = Array("id,name\n".utf8)
        #expect(message { try table.validated() } == "the header has no field 'nmae'; did you mean 'name'?")
        table.columns[0].field = "name"
        try table.validated()
        table.columns[0].name = "id"
        #expect(message { try table.validated() }.contains("a field that is kept"))
        table.columns[0] = try Column(parsing: "a=upper")
        table.header = Array("id".utf8)
        #expect(message { try table.validated() }.contains("one field only"))
    }

    @Test func travelsAsBytes() throws {
        var travelled = try plan(
            .csv, to: .ndjson, "a=scale:1e3@é", "b=identity", key: "k", value: "", append: true, emptyWhenFailed: true)
        travelled.header = [0xFF, 0x2C, 0x0D, 0x0A]
        #expect(try RecordPlan(encoded: travelled.encoded().span) == travelled)
        for format in RecordFormat.allCases {
            let plan = RecordPlan(input: format, split: true, exec: true)
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
