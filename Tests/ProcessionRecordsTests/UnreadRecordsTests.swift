import ProcessionBytes
import ProcessionRecords
import ProcessionSegment
import TestSupport
import Testing

/// Records that the parent cuts off unread and a worker judges come to what the strict reader says.
@Suite struct UnreadRecordsTests {
    /// Records before the end or the first malformed one, and what is said of that.
    private struct Judgement: Equatable {
        var records: [[UInt8]] = []
        var error: RecordSyntaxError?
    }

    /// As the command does it: the parent cuts, a worker looks at each record, and a chunk with one that it refuses is
    /// judged again.
    private func unread(_ input: [UInt8], _ format: RecordFormat, step: Int, limit: Int) throws -> Judgement {
        var plan = try RecordPlan(input: format, .filter)
        var judgement = Judgement()
        var splitter = RecordSplitter(plan: plan)
        var mapper: RecordMapper?
        var (start, end) = (0, min(step, input.count))
        while true {
            let piece = Array(input[start..<end])
            let cut: RecordSplitter.Cut
            do {
                cut = try splitter.cut(piece.span, limit: limit, atEnd: end == input.count)
            } catch {
                judgement.error = error
                return judgement
            }
            if cut.count > 0 {
                if mapper == nil {
                    plan = try plan.with(header: splitter.header ?? [])
                    mapper = try RecordMapper(plan: plan)
                }
                let chunk = Array(piece[cut.records])
                let border = RecordSplitter.Border(line: cut.line, offset: cut.offset)
                let malformed = plan.firstMalformed(chunk.span, from: border)
                #expect(try canSend(chunk, plan) == (malformed == nil))
                var position = 0
                for item in 0..<(malformed?.item ?? cut.count) {
                    let start = position
                    mapper!.skip(chunk.span, at: &position)
                    judgement.records.append(Array(chunk[start..<position]))
                    #expect(item < cut.count)
                }
                if let malformed {
                    var line: [UInt8] = []
                    #expect(throws: ValueFailure.self) {
                        try mapper!.line(chunk.span, at: &position, index: 0, into: &line)
                    }
                    judgement.error = malformed.error
                    return judgement
                }
                #expect(position == chunk.count)
            }
            start += cut.consumed
            if cut.isEnd { return judgement }
            if cut.consumed == 0 || start == end { end = min(end == input.count ? end : end + step, input.count) }
        }
    }

    private func canSend(_ records: [UInt8], _ plan: RecordPlan) throws -> Bool {
        var mapper = try RecordMapper(plan: plan)
        return mapper.canSend(records.span)
    }

    private func strict(_ input: [UInt8], _ format: RecordFormat) -> Judgement {
        var judgement = Judgement()
        var splitter = RecordSplitter(format: format)
        var start = 0
        while true {
            let rest = Array(input[start...])
            do {
                let cut = try splitter.cut(rest.span, limit: 1, atEnd: true)
                if cut.count > 0 { judgement.records.append(Array(rest[cut.records])) }
                start += cut.consumed
                if cut.isEnd { return judgement }
            } catch {
                judgement.error = error
                return judgement
            }
        }
    }

    /// Records of a format, and what is none; what the input begins with, and what it may end with.
    private static let pieces: [RecordFormat: (header: String, good: [String], bad: [String], ends: [String])] = [
        .ndjson: (
            "", ["{}", "{\"a\":1}", " {\"a\": [1, {\"b\": \"\\u00e9é\"}]} ", "{\"a\":-1.5e3,\"b\":null}\r"],
            [
                "", "  ", "{", "[1]", "{\"a\":01}", "{\"a\":\"\\x\"}", "{} {}", "{\"a\":tru}", "\u{7F}",
                "{\"a\":\"\t\"}",
            ],
            ["", "", "\n", "\n \r\n", "{\"a\":1}", "{\"a\":", " "]
        ),
        .csv: (
            "a,b\n",
            [
                "1,2", ",", "\"x,\n\"\"y\r\n\",z\r", "é,\"\"", "\"\"\"\",\"\n\n\"",
                "a long field without marks in it,b\r",
                "\"\(String(repeating: "q,\n", count: 30))\",1",
            ],
            ["", "1", "1,2,3", "a\"b,c", "a\"b\"c,d", "\"a\"b,c", "a\rb,c", "1,\"", "\"a,b", "a,b\r\r", "\"\"x,\"\""],
            ["", "", "\n", "\r\n\n", "1,2", "1,\"2\"", "1", "\"1,2", "1,2\r", "\r"]
        ),
        .tsv: (
            "a\tb\n",
            ["1\t2", "\t", "\"x\ty\"\"\r", "é\t\"", "a\rb\tc\r\r", "a long field without marks in it\tb"],
            ["", "1", "1\t2\t3", "\r", "\"1\"\r"], ["", "", "\n", "\r\n\n", "1\t2", "1", "1\t2\r", "\r"]
        ),
    ]

    @Test(arguments: [RecordFormat.csv, .tsv, .ndjson])
    func theFirstMalformedRecordIsThatOfTheStrictReader(_ format: RecordFormat) throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let pieces = Self.pieces[format]!
        var malformed = 0
        for round in 0..<3000 {
            // A blank row is a row of a table of one column.
            let isNarrow = format != .ndjson && round % 7 == 0
            var text = (round % 5 == 0 ? "\u{FEFF}" : "") + (isNarrow ? "a\n" : pieces.header)
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let isBad = Int.random(in: 0..<12, using: &random) == 0
                let piece = (isBad ? pieces.bad : pieces.good).randomElement(using: &random)!
                text += (isNarrow ? ["x", "", "\r", "\"\"", piece].randomElement(using: &random)! : piece) + "\n"
            }
            text += pieces.ends.randomElement(using: &random)!
            let input = Array(text.utf8)
            let expected = strict(input, format)
            if expected.error != nil { malformed += 1 }
            let found = try unread(
                input, format, step: [1, 7, 64, 1000].randomElement(using: &random)!,
                limit: [1, 2, 1000].randomElement(using: &random)!)
            #expect(found == expected, "seed \(seed): \(text.debugDescription)")
        }
        #expect(malformed > 300 && malformed < 2700)
    }

    @Test func whatIsMalformedAndSeemsToHaveNoEndIsFoundAtOnce() {
        var splitter = RecordSplitter(format: .csv, isUnread: true)
        let input = Array("a,b\n1,2\nx\"y,3\n4,5\n".utf8)
        let first = try? splitter.cut(input.span, limit: .max, atEnd: false)
        #expect(first?.count == 1)
        let rest = Array(input[(first?.consumed ?? 0)...])
        #expect(throws: RecordSyntaxError.self) { try splitter.cut(rest.span, limit: .max, atEnd: false) }
    }

    // MARK: The fast look

    private static let written = [
        #"{"id":1,"name":"a b","ms":0.5,"ok":true,"no":false,"none":null}"#, "{}", #"{"a":[],"b":{},"c":[1,-2,[3]]}"#,
        #"{"a": {"b": [{"c": "~"}, 10]}, "d": 0}"#, #"{"long":"0123456789abcdefghijklmnopqrstuvwxyz"}"#,
    ]

    private func plainCount(_ lines: [UInt8]) -> Int {
        var plain = PlainObjects()
        return plain.count(in: lines.span)
    }

    @Test func whatProgramsWriteIsPlain() {
        let lines = Array((Self.written.joined(separator: "\n") + "\n{\"end\":1}\n").utf8)
        #expect(plainCount(lines) == lines.count)
        #expect(plainCount([]) == 0)
        #expect(plainCount(Array("{}".utf8)) == 0)
    }

    @Test func nothingIsPlainThatTheStrictReaderRefuses() {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let bytes = Array("{}[]\":,\\ 0123456789-+.eEtruefalsn\u{1}\t\rx\n".utf8) + [0x80, 0xC3, 0xFF]
        var accepted = 0
        for _ in 0..<40_000 {
            var line = Array(Self.written.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) where !line.isEmpty {
                let place = Int.random(in: line.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: line[place] = bytes.randomElement(using: &random)!
                case 1: line.remove(at: place)
                default: line.insert(bytes.randomElement(using: &random)!, at: place)
                }
            }
            line.append(UInt8(ascii: "\n"))
            let plain = Array(line[..<plainCount(line)])
            guard !plain.isEmpty else { continue }
            accepted += 1
            #expect(strict(plain, .ndjson).error == nil, "seed \(seed): \(String(decoding: line, as: UTF8.self))")
        }
        #expect(accepted > 5_000)
    }

    @Test(arguments: [61, 62, 63, 64, 65, 200])
    func nestingHasNoLimit(_ depth: Int) throws {
        let open = String(repeating: "{\"a\":[", count: depth / 2)
        let line = Array((open + "1" + String(repeating: "]}", count: depth / 2) + "\n").utf8)
        #expect([0, line.count].contains(plainCount(line)))
        #expect(try canSend(line, RecordPlan(input: .ndjson, .filter)))
    }
}
