import ProcessionRecords
import TestSupport
import Testing

@testable import ProcessionCLI

/// Borders are values: where shards begin and end is found out without a process.
@Suite struct ShardBorderTests {
    /// A document and the records that a splitter cuts off all of it.
    private struct Document {
        let format: RecordFormat
        let bytes: [UInt8]
        let beginning: InputBeginning
        let index: RecordIndex?

        init(_ format: RecordFormat, _ bytes: [UInt8], step: Int?) throws {
            (self.format, self.bytes) = (format, bytes)
            let peek: Peek = { Array(bytes[min($0, bytes.count)..<min($0 + $1, bytes.count)]) }
            let beginning = try InputBeginning(RecordPlan(input: format, .filter), size: bytes.count, peek)
            self.beginning = beginning
            index = try step.map {
                try RecordIndex(beginning, format: format, size: bytes.count, modified: 1, step: $0, peek)
            }
        }

        func span(_ number: Int, of count: Int) throws -> ShardSpan {
            try ShardBorders(
                format: format, size: bytes.count, start: beginning.splitter.border, index: index
            ) { Array(bytes[min($0, bytes.count)..<min($0 + $1, bytes.count)]) }
            .span(of: Shard(number: number, count: count))
        }

        /// The records of a part as a run cuts them off, how many, and where it stands then.
        func records(_ span: ShardSpan) throws -> (texts: [UInt8], count: Int, end: Int) {
            var splitter = beginning.splitter
            if span.begin.border.place != .start { splitter.border = span.begin.border }
            var (texts, count): ([UInt8], Int) = ([], 0)
            while splitter.border.offset.bytes != span.end.offset || span.isLast {
                let rest = bytes[splitter.border.offset.bytes..<span.end.shown]
                // As many as there are; of json one, for what stands between two is none of them.
                let most = format == .json ? 1 : Int.max
                let left = span.isLast ? most : min(most, (span.records ?? .max) - count)
                let cut = try splitter.cut(Array(rest).span, limit: left, atEnd: span.isLast)
                if cut.count > 0 {
                    let start = rest.startIndex
                    texts += bytes[start + cut.records.lowerBound..<start + cut.records.upperBound]
                    count += cut.count
                }
                if cut.isEnd || cut.consumed == 0 { break }
            }
            return (texts, count, splitter.border.offset.bytes)
        }

        var whole: (texts: [UInt8], count: Int, end: Int) {
            get throws {
                var end = ShardBorder(shown: bytes.count)
                end.border.offset = FileOffset(bytes: bytes.count)
                return try records(ShardSpan(begin: ShardBorder(), end: end, isCounted: false, isLast: true))
            }
        }
    }

    @Test(arguments: RecordFormat.allCases, [true, false])
    func partsPutTogetherAreTheWhole(_ format: RecordFormat, isIndexed: Bool) throws {
        guard isIndexed || format != .csv && format != .json else { return }
        var random = SplitMix(seed: printedSeed())
        var spans = 0
        for _ in 0..<60 {
            let bytes = Self.document(format, &random)
            let document = try Document(
                format, bytes, step: isIndexed ? Int.random(in: 1...200, using: &random) : nil)
            let whole = try document.whole
            for count in [1, 2, Int.random(in: 3...9, using: &random), Int.random(in: 10...90, using: &random)] {
                var (texts, next, records): ([UInt8], Int, Int) = ([], 0, 0)
                for number in 0..<count {
                    let span = try document.span(number, of: count)
                    #expect(span.begin.offset == next)
                    next = span.end.offset
                    spans += 1
                    guard !span.isEmpty else { continue }
                    let part = try document.records(span)
                    #expect(part.end == span.end.offset)
                    if isIndexed {
                        #expect(span.begin.records == records && span.records == part.count)
                        let line = newlines(in: bytes.span, before: span.begin.offset) + 1
                        #expect(span.begin.border.line == line)
                    }
                    records += part.count
                    texts += part.texts
                }
                #expect(next == bytes.count)
                #expect(
                    texts == whole.texts && records == whole.count,
                    "\(count) shards of \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            }
        }
        print("\(format), \(isIndexed ? "by records" : "by bytes"): \(spans) shards")
    }

    /// Records with all that is hard about their format, and empty lines where they may be.
    private static func document(_ format: RecordFormat, _ random: inout SplitMix) -> [UInt8] {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random)! }
        let end = pick(["\n", "\r\n"])
        let count = Int.random(in: 0...40, using: &random)
        var text = format == .lines ? "" : pick(["", "\u{FEFF}"])
        switch format {
        case .lines:
            for _ in 0..<count { text += pick(["", "a", "\r", "words of\t\"it", "ä"]) + "\n" }
            text += pick(["", "open end"])
        case .csv, .tsv:
            let fields =
                ["", "a", "b c"] + (format == .csv ? ["\"\"", "\"a\n\n\"\"\r\nb,\"", "\",\""] : ["\"", "x\ry"])
            let columns = Int.random(in: 1...3, using: &random)
            let separator = format == .csv ? "," : "\t"
            text += (0..<columns).map { "h\($0)" }.joined(separator: separator) + end
            for _ in 0..<count {
                // With one column, an empty line in the middle is a record.
                text += (0..<columns).map { _ in pick(fields) }.joined(separator: separator) + end
            }
            text += pick(["", end, end + end + end])
            // The last needs no end.
            if text.hasSuffix("c" + end), pick(["", "x"]) == "x" {
                text.unicodeScalars.removeLast(end.unicodeScalars.count)
            }
        case .ndjson:
            for number in 0..<count {
                text +=
                    pick(["", " "]) + "{\"key\":\(number),\"value\":" + pick(["1", "\"a\\n\"", "[{},{}]"]) + "}" + end
            }
            text += pick(["", end, " " + end + "\t" + end])
        case .json:
            text += pick(["{", " {\n"])
            for number in 0..<count {
                text +=
                    pick(["", "\n "]) + "\"k\(number)\"" + pick([":", " : "])
                    + pick(["1", "\"a,}\"", "{\"x\":[1,{}]}", "[\n\n]"]) + pick(["", " "])
                    + (number < count - 1 ? "," : "")
            }
            text += pick(["}", "\n}\n", "} \n\n"])
        }
        return Array(text.utf8)
    }

    @Test func sharesAreThoseOfExactDivision() {
        var random = SplitMix(seed: printedSeed())
        for _ in 0..<10_000 {
            let (whole, count) = (random.anyMagnitude(), Int.random(in: 1...ShardChoice.largestCount, using: &random))
            let number = Int.random(in: 0...count, using: &random)
            let product = number.multipliedFullWidth(by: whole)
            #expect(Shard.share(number, of: count, in: whole) == count.dividingFullWidth(product).quotient)
        }
    }

    @Test func anIndexIsReadBackAndEveryFlippedBitIsNoticed() throws {
        let bytes = Array((0..<50).map { "\"k\($0)\": \($0)" }.joined(separator: ",\n").utf8)
        let text = Array("{".utf8) + bytes + Array("}".utf8)
        let index = try #require(try Document(.json, text, step: 40).index)
        #expect(index.records == 50 && index.entries.count > 5 && index.sum == CRC64(of: text[...]))
        let encoded = index.encoded()
        #expect(RecordIndex(encoded: encoded) == index)
        for place in encoded.indices {
            var damaged = encoded
            damaged[place] ^= 1 << UInt8(place % 8)
            #expect(RecordIndex(encoded: damaged) == nil, "byte \(place)")
        }
        for count in 0..<encoded.count { #expect(RecordIndex(encoded: Array(encoded[..<count])) == nil) }
    }

    @Test func anIndexOfManyBytesHasFewEntries() {
        #expect(RecordIndex.step(for: 0) == 1 << 20)
        for size in [1 << 30, 1 << 40, 1 << 50] { #expect(size / RecordIndex.step(for: size) <= 65_536) }
    }

    /// The sum of what is put together is that of the whole, wherever it is divided.
    @Test func sumsOfPartsAreJoined() {
        var random = SplitMix(seed: printedSeed())
        let bytes = (0..<5000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for _ in 0..<300 {
            let middle = Int.random(in: 0...bytes.count, using: &random)
            let end = Int.random(in: middle...bytes.count, using: &random)
            let joined = CRC64(of: bytes[..<middle]).joined(with: CRC64(of: bytes[middle..<end]), count: end - middle)
            #expect(joined == CRC64(of: bytes[..<end]))
        }
    }
}
