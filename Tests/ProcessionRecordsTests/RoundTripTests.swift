import ProcessionRecords
import TestSupport
import Testing

/// What is written in a format is read back in it as the same, or was refused: as a record that fails, or with the
/// plan.
@Suite struct RoundTripTests {
    private typealias Text = [UInt8]

    private static let values: [Text] =
        [
            "", " ", " a ", "\"", "\"\"", "a\"b", ",", "a,b", "\t", "a\tb", "\n", "a\nb", "\r", "a\r", "\ra", "\r\n",
            "a\r\n",
            "\u{FEFF}", "\u{FEFF}a", "\0", "a\0b", "\\", "\\n", "'", "{", "}", "[]", "null", "true", "1", "01", "-0",
            "1e400",
            "é", "e\u{301}", "\u{2028}", "\u{7F}", "\u{1}", "\u{10FE80}", "#", "=1+1",
            String(repeating: "x", count: 70),
        ].map { Array($0.utf8) } + [[0xFF], [0xE9, 0x2C], [0xC3], [0xED, 0xA0, 0x80], [0x0D, 0xFF]]

    private static let json = [
        "null", "true", "0", "-1.50", "1e400", "\"\"", "\"\\ud800\"", "\"\\n\"", "\"\\r\"", "\"a\\tb\\r\"",
        "\"\\u0000\"",
        "{\"a\": [1, {}]}", "[\"\\r\"]", "\"\\ufeff\"", "\"\\\"\"",
    ]

    /// A row of values in quotation marks, which every reader of RFC 4180 takes.
    private func quoted(_ row: [Text]) -> Text {
        var text: Text = []
        for field in row {
            if !text.isEmpty { text.append(0x2C) }
            text.append(0x22)
            for byte in field { text += byte == 0x22 ? [0x22, 0x22] : [byte] }
            text.append(0x22)
        }
        return text + [0x0A]
    }

    /// The rows of a CSV text, read by other means.
    private func rows(_ csv: Text) -> [[Text]] {
        var rows: [[Text]] = []
        var (row, field, isQuoted, position): ([Text], Text, Bool, Int) = ([], [], false, 0)
        while position < csv.count {
            let byte = csv[position]
            let isPair = byte == 0x22 && isQuoted && position + 1 < csv.count && csv[position + 1] == 0x22
            if isPair { position += 1 }
            switch byte {
            case 0x22 where !isPair: isQuoted.toggle()
            case 0x2C where !isQuoted: (row, field) = (row + [field], [])
            case 0x0A where !isQuoted: (rows, row, field) = (rows + [row + [field]], [], [])
            default: field.append(byte)
            }
            position += 1
        }
        return rows
    }

    /// The values of all records, by the names of their columns, as our own reader finds them.
    private func read(_ output: Text, _ format: RecordFormat, key: FieldName?, _ names: [FieldName?]) throws -> [[Text]]
    {
        let columns = names.enumerated().map { Column(name: FieldName("c\($0)"), function: .identity, field: $1) }
        let outcome = try run(output, RecordPlan(input: format, output: .csv, .columns(columns, .keyed), key: key))
        #expect(outcome.failures.isEmpty)
        return rows(outcome.bytes).dropFirst().map { $0 }
    }

    @Test(arguments: RecordFormat.allCases, [false, true])
    func whatIsWrittenIsReadAsTheSame(_ format: RecordFormat, appends: Bool) throws {
        if appends, format == .lines || format == .json { return }
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        func pick<Element>(_ elements: [Element]) -> Element { elements.randomElement(using: &random)! }
        var (written, refused, failed) = (0, 0, 0)
        for _ in 0..<1500 {
            let header = ["key", "f"].map { Array($0.utf8) } + (0..<2).map { _ in pick(Self.values) }
            // What is there twice cannot be looked up; see below.
            guard Set(header).count == header.count else { continue }
            let keys = (0..<Int.random(in: 1...4, using: &random)).map { Array("r\($0)".utf8) }
            let table = keys.map { [$0] + (0..<3).map { _ in pick(Self.values) } }
            let places = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 0...3, using: &random) }
            let names = places.map { _ in FieldName(Bool.random(using: &random) ? pick(Self.values) : Array("c".utf8)) }
            let columns = zip(names, places).map { Column(name: $0, function: .identity, field: FieldName(header[$1])) }
            guard
                let plan = try? RecordPlan(
                    input: .csv, output: format, .columns(columns, appends ? .appended : .keyed), key: "key"),
                let outcome = try? run(([header] + table).flatMap(quoted), plan)
            else {
                refused += 1
                continue
            }
            written += 1
            failed += outcome.failures.count
            let good = table.filter { row in
                !outcome.failures.contains { $0.hasPrefix(String(decoding: row[0], as: UTF8.self) + ": ") }
            }
            let expected = good.map { row in [row[0]] + (appends ? row : []) + places.map { row[$0] } }
            let found: [[Text]]
            switch format {
            case .lines:
                let lines = try read(outcome.bytes, .lines, key: nil, [nil]).map { $0[1] }
                #expect(lines == expected.map { Array($0.dropFirst().joined(separator: [0x09])) }, "seed \(seed)")
                continue
            case .json: found = try read(outcome.bytes, .json, key: nil, names.count == 1 ? [nil] : names)
            default:
                let kept = appends ? header.map { FieldName($0) } : []
                found = try read(outcome.bytes, format, key: "key", kept + names)
            }
            #expect(found == expected, "seed \(seed): \(header) \(table) \(names) \(places)")
        }
        print("\(format) \(appends): \(written) written, \(refused) refused, \(failed) records failed")
        #expect(written > 100)
    }

    @Test(arguments: RecordFormat.allCases)
    func valuesOfJSONAreReadAsTheSame(_ format: RecordFormat) throws {
        for value in Self.json {
            for members in ["\"key\":\"r\",\"value\":\(value)", "\"key\":\"r\",\"value\":\(value),\"other\":1"] {
                let input = Array("{\(members)}\n".utf8)
                let direct = try run(
                    input,
                    RecordPlan(
                        input: .ndjson, output: .csv, .columns([Column(name: "v", function: .identity)], .keyed)))
                let plan = try RecordPlan(
                    input: .ndjson, output: format, .columns([Column(name: "value", function: .identity)], .keyed))
                let outcome = try run(input, plan)
                guard outcome.failures.isEmpty, direct.failures.isEmpty else { continue }
                let names: [FieldName?] = format == .lines || format == .json ? [nil] : ["value"]
                let found = try read(
                    outcome.bytes, format, key: format == .lines || format == .json ? nil : "key", names)
                #expect(found.map { $0.last } == rows(direct.bytes).dropFirst().map { $0.last }, "\(value)")
            }
        }
    }

    @Test func aLineThatBecomesEmptyAtTheEndIsStillALine() throws {
        #expect(try run("1\nx", plan(.lines, "v=double", emptyWhenFailed: true)).text == "2\n\n")
        #expect(try run("1\n2", plan(.lines, "v=double")).text == "2\n4")
    }

    @Test func aCarriageReturnAtTheEndOfARowIsKeptWhereItCanBe() throws {
        let last = "k\tx\ty\n1\ta\r\t2\n"
        #expect(
            try run(last, plan(.tsv, "v=identity@x")).failures == [
                "1: the last column ends in a carriage return, which tsv reads as the line's"
            ])
        #expect(try run(last, plan(.tsv, "v=identity@x", "w=identity@y")).text == "k\tv\tw\n1\ta\r\t2\n")
        let other = last.replacing("\n", with: "\r\n")
        #expect(try run(other, plan(.tsv, "v=identity@x")).text == "k\tv\r\n1\ta\r\r\n")
        #expect(try run(last, plan(.tsv, to: .lines, "v=identity@x")).text == "a\r\n")
        #expect(try run(last, plan(.tsv, to: .csv, "v=identity@x")).text == "k,v\n1,\"a\r\"\n")
    }

    @Test func noObjectHasOneNameTwice() throws {
        let records = "{\"key\":1,\"n\":2}\n{\"key\":2,\"n\":3,\"v\":4}\n{\"key\":3,\"n\":1,\"\\u0076\":4}\n"
        let outcome = try run(records, plan(.ndjson, "v=double@n", append: true))
        #expect(outcome.text == "{\"key\":1,\"n\":2,\"v\":4}\n")
        #expect(
            outcome.failures
                == ["2", "3"].map { "\($0): the record has a field 'v' already; give the column another name" })
        let empty = try run(records, plan(.ndjson, "v=double@n", "w=double@n", append: true, emptyWhenFailed: true))
        #expect(
            empty.text.split(separator: "\n").dropFirst() == [
                "{\"key\":2,\"n\":3,\"v\":4,\"w\":null}", "{\"key\":3,\"n\":1,\"\\u0076\":4,\"w\":null}",
            ])
        #expect(throws: PlanError.self) { try run("a,a\n1,2\n", plan(.csv, to: .ndjson, "v=double", append: true)) }
        #expect(throws: PlanError.self) { try run("a,b\n1,2\n", plan(.csv, "b=double", append: true)) }
        // A table with a name twice is kept as it was.
        #expect(try run("a,a\n1,2\n", plan(.csv, "v=double", append: true)).text == "a,a,v\n1,2,4\n")
    }
}
