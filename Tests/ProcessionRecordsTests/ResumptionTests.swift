import ProcessionRecords
import TestSupport
import Testing

/// A record that comes in many pieces is looked at once.
@Suite struct ResumptionTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let format: RecordFormat
        /// What is cut before the record, how the record begins, what is long in it, and its end.
        let before, begin, long, end: String
        /// Whether it is a record, and not what stands before or behind them.
        var isRecord = true
        var testDescription: String { "\(format): \(before)\(begin)\(long.prefix(9))" }
    }

    private static let text = (0..<200).map { "no\($0) é " }.joined()
    private static func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

    static let samples: [Sample] = [
        Sample(format: .lines, before: "a\n", begin: "", long: text, end: "b\n"),
        Sample(format: .csv, before: "a,b\n1,2\n", begin: "1,", long: text, end: "b\n"),
        Sample(format: .csv, before: "a,b\n1,2\n", begin: "1,\"", long: text + "\"\"" + text, end: "\"\n"),
        Sample(format: .csv, before: "a,b\n1,2\n", begin: "", long: times(900, "\r\n"), end: "", isRecord: false),
        Sample(format: .csv, before: "", begin: "", long: text, end: ",b\n", isRecord: false),
        Sample(format: .tsv, before: "a\tb\n1\t2\n", begin: "1\t", long: text, end: "\n"),
        Sample(format: .ndjson, before: "{}\n", begin: "{\"a\":\"", long: text, end: "\"}\n"),
        Sample(format: .ndjson, before: "{}\n", begin: "", long: times(900, " \n"), end: "", isRecord: false),
        Sample(format: .json, before: "{\"a\":1,", begin: "\"", long: text, end: "\":1 "),
        Sample(format: .json, before: "{\"a\":1,", begin: "\"b\":\"", long: text + "\\u00e9" + text, end: "\""),
        Sample(format: .json, before: "{\"a\":1,", begin: "\"b\":[", long: times(300, "12 ,true,\n"), end: "1]"),
        Sample(format: .json, before: "{\"a\":1,", begin: "\"b\":", long: times(900, "["), end: times(900, "]")),
        Sample(
            format: .json, before: "{\"a\":1,", begin: "\"b\":", long: times(300, "[{\"c\":"),
            end: "1" + times(300, "}]")),
        Sample(format: .json, before: "{\"a\":1,", begin: "\"b\":1", long: times(900, "7"), end: " "),
        Sample(format: .json, before: "{\"a\":1,", begin: "\"b\"", long: times(900, " "), end: ":1 "),
        Sample(format: .json, before: "", begin: "", long: times(900, " "), end: "{", isRecord: false),
    ]

    /// What was seen is overwritten, by what would end the record or be wrong in it, before more is shown.
    @Test(arguments: samples)
    func whatWasSeenIsNotLookedAtAgain(_ sample: Sample) throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let (before, begin) = (sample.before.utf8.count, sample.before.utf8.count + sample.begin.utf8.count)
        let input = Array((sample.before + sample.begin + sample.long).utf8)
        for _ in 0..<20 {
            var splitter = RecordSplitter(format: sample.format)
            var (start, end) = (0, begin)
            while start < before {
                start += try splitter.cut(input.span.extracting(start..<end), limit: .max, atEnd: false).consumed
            }
            while end < input.count {
                // The first byte of a field says how to read it; the last ones may be a part of a word or a scalar.
                let seen = begin + 1..<max(begin + 1, end - 8)
                end = min(end + .random(in: 1...100, using: &random), input.count)
                var shown = Array(input[..<end])
                for place in seen { shown[place] = place % 2 == 0 ? UInt8(ascii: "\n") : UInt8(ascii: "}") }
                let cut = try splitter.cut(shown.span.extracting(start..<end), limit: .max, atEnd: false)
                #expect(cut.count == 0, "seed \(seed): something was cut at byte \(end)")
                start += cut.consumed
            }
            let whole = input + Array(sample.end.utf8)
            let cut = try splitter.cut(whole.span.extracting(start..<whole.count), limit: .max, atEnd: sample.isRecord)
            #expect(cut.count == (sample.isRecord ? 1 : 0))
            let record = whole[start...].dropFirst(cut.records.lowerBound).prefix(cut.records.count)
            if sample.isRecord { #expect(record.starts(with: (sample.begin + sample.long).utf8)) }
        }
    }
}
