import ProcessionRecords
import TestSupport
import Testing

/// Bytes are looked at in blocks; what is looked for must be found wherever in a block it lies.
@Suite struct ScanTests {
    @Test(arguments: [0, 1, 7, 100])
    func findsTheNewlineAtEveryDistance(before: Int) throws {
        for length in 0...300 {
            let first = String(repeating: "x", count: before)
            let second = String(repeating: "y", count: length)
            let outcome = try run("\(first)\n\(second)\nz", plan(.lines, "v=identity", "n=length"))
            #expect(outcome.text == "\(first)\t\(before)\n\(second)\t\(length)\nz\t1")
        }
    }

    @Test func cutsNoMoreLinesThanAsked() throws {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            let input = (0..<Int.random(in: 0...600, using: &random)).map { _ in
                random.next() % 5 == 0 ? UInt8(ascii: "\n") : UInt8(ascii: "x")
            }
            let limit = Int.random(in: 0...200, using: &random)
            var splitter = RecordSplitter(format: .lines)
            let cut = try splitter.cut(input.span, limit: limit, atEnd: true)
            let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let all = input.isEmpty || input.last == UInt8(ascii: "\n") ? lines.count - 1 : lines.count
            #expect(cut.count == min(limit, all), "seed \(seed)")
            let end = lines.prefix(cut.count).map { $0.count + 1 }.reduce(0, +)
            #expect(cut.consumed == min(end, input.count), "seed \(seed)")
        }
    }

    @Test(arguments: [("\\n", "\n"), ("\\\"", "\""), ("é", "é"), ("\\u0001", "\u{1}"), ("\u{7F}", "\u{7F}")])
    func findsWhatIsSpecialInAStringAtEveryDistance(escaped: String, text: String) throws {
        for length in 0...100 {
            let (before, after) = (String(repeating: "a", count: length), String(repeating: "b", count: 100 - length))
            let input = "{\"k\":\"\(before)\(escaped)\(after)\"}"
            #expect(try run(input, plan(.json, "v=identity")).text == input + "\n")
            #expect(try run(input, plan(.json, "v=lower")).text == input + "\n")
            let table = try run(input, plan(.json, to: .csv, "v=identity")).text
            let quotes = text == "\n" || text == "\""
            let doubled = text == "\"" ? "\"\"" : text
            #expect(table == "key,v\nk," + (quotes ? "\"\(before)\(doubled)\(after)\"" : before + text + after) + "\n")
        }
    }

    @Test func refusesAControlCharacterAtEveryDistance() throws {
        for length in 0...100 {
            let input = "{\"k\":\"\(String(repeating: "a", count: length))\u{1F}\(String(repeating: "b", count: 40))\"}"
            let error = #expect(throws: RecordSyntaxError.self) { try run(input, plan(.json, "v=identity")) }
            #expect(error?.offset.bytes == 6 + length)
        }
    }
}
