import ProcessionRecords
import TestSupport
import Testing

/// Where the input happens to be divided must never show.
@Suite struct BorderTests {
    /// One input of each format with what its splitter finds hardest.
    static let samples: [(RecordFormat, String)] = [
        (.lines, "\u{FEFF}a\r\n\n\0é\n\r\r\nlast"),
        (.json, JSONTests.sample),
        (.json, "\u{FEFF}{\"a\":-1.5e-7,\"b\":12 ,\"c\":tru\u{65},\"d\":\"\\\\\"}  \n"),
        (
            .ndjson,
            "\u{FEFF}{\"key\":1,\"value\":\"\\\"\\n\"}\r\n{\"value\":[{}],\"key\":\"é\"} \n{\"key\":0,\"value\":1}\n \r\n\n"
        ),
        (.csv, "\u{FEFF}a,\"b \"\"x\"\"\"\r\n1,\"2\r\n,\"\"\n\"\r\n\"\",\r\n\"é\",\"\"\"\"\n\n\n"),
        (.csv, "a,b\n1,2\n3,\"4\""),
        (.tsv, "a\tb\r\n1\r\t\"2\r\n\t\r\nx\ty\r"),
    ]

    @Test(arguments: samples)
    func cutsTheSameRecordsAtEveryBufferSize(format: RecordFormat, sample: String) throws {
        let plan = try plan(format, to: format == .lines ? .lines : .ndjson, "v=identity")
        let whole = try run(sample, plan)
        #expect(whole.failures.isEmpty)
        #expect(whole.bytes.count > 20 || format == .lines)
        for step in 1...sample.utf8.count {
            for limit in [1, 2, .max] {
                let outcome = try run(sample, plan, step: step, limit: limit)
                #expect(outcome.bytes == whole.bytes, "\(step) bytes at a time, at most \(limit) records")
            }
        }
    }

    /// Whatever is done to an input, the records before the error, the error and its place do not depend on the buffer.
    @Test(arguments: samples)
    func findsTheSameErrorAtEveryBufferSize(format: RecordFormat, sample: String) throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let bytes = Array(sample.utf8)
        for _ in 0..<300 {
            var damaged = bytes
            switch random.next() % 3 {
            case 0:
                damaged[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            case 1: damaged.remove(at: Int.random(in: bytes.indices, using: &random))
            default:
                damaged.swapAt(.random(in: bytes.indices, using: &random), .random(in: bytes.indices, using: &random))
            }
            // What the splitter lets through, the mapper must take.
            _ = try? run(damaged, plan(format, "v=double", emptyWhenFailed: true))
            let whole = trail(of: damaged, format, step: .max)
            let step = Int.random(in: 1...bytes.count, using: &random)
            #expect(trail(of: damaged, format, step: step) == whole, "seed \(seed), step \(step): \(damaged)")
        }
    }

    /// The records and the error of an input, in words.
    private func trail(of input: [UInt8], _ format: RecordFormat, step: Int) -> [String] {
        var splitter = RecordSplitter(format: format)
        var (words, start, end) = ([String](), 0, min(step, input.count))
        while true {
            do {
                let cut = try splitter.cut(Array(input[start..<end]).span, limit: 1, atEnd: end == input.count)
                if cut.count > 0 {
                    words.append("\(input[start..<end].dropFirst(cut.records.lowerBound).prefix(cut.records.count))")
                }
                start += cut.consumed
                #expect(splitter.border.offset.bytes == start)
                #expect(splitter.border.line == 1 + input[..<start].filter { $0 == UInt8(ascii: "\n") }.count)
                if cut.isEnd { return words }
                if cut.consumed == 0 || start == end { end = min(end + min(step, input.count), input.count) }
            } catch {
                return words + [error.description]
            }
        }
    }
}
