import ProcessionBytes
import ProcessionRecords
import ProcessionSegment
import TestSupport
import Testing

/// NDJSON for a filter: what is cut off as lines and checked by who sends them comes to what the strict reader says.
@Suite struct UncheckedObjectsTests {
    /// Records before the end or the first malformed one, and what is said of that.
    private struct Judgement: Equatable {
        var records: [[UInt8]] = []
        var error: RecordSyntaxError?
    }

    private static let filter = try! RecordPlan(input: .ndjson, .filter)

    /// As the command does it: the parent cuts, a worker looks at each line, and a chunk with a line that it refuses is
    /// judged again.
    private func unchecked(_ input: [UInt8], step: Int, limit: Int) throws -> Judgement {
        var judgement = Judgement()
        var splitter = RecordSplitter(plan: Self.filter)
        var mapper = try RecordMapper(plan: Self.filter)
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
                let chunk = Array(piece[cut.records])
                let border = RecordSplitter.Border(line: cut.line, offset: cut.offset)
                let malformed = Self.filter.firstMalformed(chunk.span, from: border)
                #expect(try canSend(chunk) == (malformed == nil))
                var position = 0
                for item in 0..<(malformed?.item ?? cut.count) {
                    var line: [UInt8] = []
                    try mapper.line(chunk.span, at: &position, into: &line)
                    judgement.records.append(line)
                    #expect(item < cut.count)
                }
                if let malformed {
                    var line: [UInt8] = []
                    #expect(throws: ValueFailure.self) { try mapper.line(chunk.span, at: &position, into: &line) }
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

    private func canSend(_ lines: [UInt8]) throws -> Bool {
        var mapper = try RecordMapper(plan: Self.filter)
        return mapper.canSend(lines.span)
    }

    private func strict(_ input: [UInt8]) -> Judgement {
        var judgement = Judgement()
        var splitter = RecordSplitter(format: .ndjson)
        var start = 0
        while true {
            let rest = Array(input[start...])
            do {
                let cut = try splitter.cut(rest.span, limit: 1, atEnd: true)
                if cut.count > 0 {
                    let line = rest[cut.records]
                    judgement.records.append(Array(line.last == UInt8(ascii: "\n") ? line.dropLast() : line))
                }
                start += cut.consumed
                if cut.isEnd { return judgement }
            } catch {
                judgement.error = error
                return judgement
            }
        }
    }

    @Test func theFirstMalformedRecordIsThatOfTheStrictReader() throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let good = ["{}", "{\"a\":1}", " {\"a\": [1, {\"b\": \"\\u00e9é\"}]} ", "{\"a\":-1.5e3,\"b\":null}\r"]
        let bad = [
            "", "  ", "{", "[1]", "{\"a\":01}", "{\"a\":\"\\x\"}", "{} {}", "{\"a\":tru}", "\u{7F}", "{\"a\":\"\t\"}",
        ]
        var malformed = 0
        for round in 0..<3000 {
            var text = round % 5 == 0 ? "\u{FEFF}" : ""
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let isBad = Int.random(in: 0..<12, using: &random) == 0
                text += (isBad ? bad : good).randomElement(using: &random)! + "\n"
            }
            text += ["", "", "\n", "\n \r\n", "{\"a\":1}", "{\"a\":", " "].randomElement(using: &random)!
            let input = Array(text.utf8)
            let expected = strict(input)
            if expected.error != nil { malformed += 1 }
            let found = try unchecked(
                input, step: [1, 7, 64, 1000].randomElement(using: &random)!,
                limit: [1, 2, 1000].randomElement(using: &random)!)
            #expect(found == expected, "seed \(seed): \(text.debugDescription)")
        }
        #expect(malformed > 300 && malformed < 2700)
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
            #expect(strict(plain).error == nil, "seed \(seed): \(String(decoding: line, as: UTF8.self))")
        }
        #expect(accepted > 5_000)
    }

    @Test(arguments: [61, 62, 63, 64, 65, 200])
    func nestingHasNoLimit(_ depth: Int) throws {
        let open = String(repeating: "{\"a\":[", count: depth / 2)
        let line = Array((open + "1" + String(repeating: "]}", count: depth / 2) + "\n").utf8)
        #expect([0, line.count].contains(plainCount(line)))
        #expect(try canSend(line))
    }
}
