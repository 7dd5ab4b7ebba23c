import TestSupport
import Testing

@testable import ProcessionBytes

/// Rows end at line feeds outside of quotation marks, whatever instructions look for them.
@Suite struct RowEndsTests {
    @Test(arguments: Instructions.all)
    func theEndThatIsWantedIsFoundInTextsOfAnyLength(_ instructions: Instructions) {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let dense = Array("\"\na".utf8) + [0x8A, 0xA2]
        for length in Array(0...140) + [1023, 1024, 1025, 1087, 1088, 2047, 2048, 2049, 5000] {
            let rare = length % 2 == 0
            // What lies behind the span does not count.
            let all = (0..<length + 9).map { _ in
                rare && UInt8.random(in: 0...60, using: &numbers) > 0 ? 0x78 : dense.randomElement(using: &numbers)!
            }
            var ends: [Int] = []
            var isQuoted = false
            for place in 0..<length {
                if all[place] == UInt8(ascii: "\"") { isQuoted.toggle() }
                if all[place] == UInt8(ascii: "\n"), !isQuoted { ends.append(place + 1) }
            }
            let opening = Array("\"".utf8) + all.prefix(length)
            #expect(
                RowEnds(.max, in: all.span.extracting(first: length), isQuoted: true, instructions).count
                    == RowEnds(.max, in: opening.span, instructions).count, "seed \(seed), length \(length)")
            for wanted in Set([0, 1, 2, ends.count / 2, ends.count, ends.count + 1, .max]) {
                let found = RowEnds(wanted, in: all.span.extracting(first: length), instructions)
                let count = min(wanted, ends.count)
                #expect(found.count == count, "seed \(seed), length \(length), wanted \(wanted)")
                #expect(
                    found.end == (count > 0 ? ends[count - 1] : 0), "seed \(seed), length \(length), wanted \(wanted)")
                if wanted > ends.count { #expect(found.isQuoted == isQuoted, "seed \(seed), length \(length)") }
            }
        }
    }
}
