import ProcessionBytes
import TestSupport
import Testing

/// What ends a field is found wherever it stands, sixteen bytes at a time or one.
struct RowMarksTests {
    @Test func findsTheFirstMarkBehindEveryStartInTextsOfEveryLength() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let near = Array("\",\t\n\r;+!x\u{0}".utf8) + [0xFF, 0xA2, 0x8A]
        for length in 0...70 {
            for delimiter in [UInt8(ascii: ","), UInt8(ascii: "\t")] {
                // Marks are rare in one half, that some lie far away; what lies behind the span does not count.
                let rare = length % 2 == 0
                var all = (0..<length + 9).map { _ in
                    rare && UInt8.random(in: 0...9, using: &numbers) > 0 ? 0x78 : near.randomElement(using: &numbers)!
                }
                all.append(delimiter)
                let bytes = all.span.extracting(first: length)
                for start in 0...length {
                    let expected = (start..<length).first { isMark(all[$0], delimiter: delimiter) } ?? length
                    #expect(findMark(in: bytes, from: start, delimiter: delimiter) == expected, "seed \(seed)")
                }
            }
        }
    }

    @Test func marksAreTheDelimiterTheEndsOfLinesAndTheQuotationMark() {
        let marks = (UInt8.min ... .max).filter { isMark($0, delimiter: UInt8(ascii: ";")) }
        #expect(marks == Array("\n\r\";".utf8))
    }
}
