import ProcessionSegment
import TestSupport
import Testing

struct SmallTextTests {
    @Test(arguments: 0...15) func passesBothWays(count: Int) {
        // Made at run time, so that nothing is known of it in advance.
        let text = String(decoding: (0..<count).map { UInt8(0x21 + 5 * $0) }, as: UTF8.self)
        let small = SmallText(text)
        #expect(small?.string == text)
        #expect(small.map { $0.slot.1 >> 56 } == UInt64(count))
    }

    @Test func carriesWhatIsNotASCIIIntoTheSlotOnly() {
        let small = SmallText("né")
        #expect(small?.slot.0 == 0xa9c36e)
        #expect(small?.slot.1 == 3 << 56)
        #expect(small.map { $0.string == nil } == true)
    }

    @Test func leavesLongTextsToOthers() {
        #expect(SmallText(String(repeating: "x", count: 16)) == nil)
    }

    @Test func shortTextsThatAreObjectsAreLeftToOthers() {
        var text = String(repeating: "x", count: 40)
        text.removeLast(36)
        #expect(SmallText(text).map { $0.string == "xxxx" } ?? true)
    }

    @Test func damagedSlotsAreNoTextOrTheirBytes() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        var texts = 0
        for _ in 0..<100_000 {
            // Mostly ASCII with zeros behind it, and then up to two bits wrong.
            let count = Int.random(in: 0...15, using: &numbers)
            var bytes = (0..<15).map { $0 < count ? UInt8.random(in: 0...127, using: &numbers) : 0 }
            bytes.append(UInt8(count))
            for _ in 0..<Int.random(in: 0...2, using: &numbers) {
                bytes[Int.random(in: 0..<16, using: &numbers)] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
            }
            func word(_ range: Range<Int>) -> UInt64 { range.reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) } }
            guard let text = SmallText(slot: (word(0..<8), word(8..<16))).string else { continue }
            texts += 1
            let claimed = Int(bytes[15])
            guard claimed <= 15, text == String(decoding: bytes.prefix(claimed), as: UTF8.self),
                text.utf8.count == claimed, bytes[claimed..<15].allSatisfy({ $0 == 0 })
            else {
                Issue.record("the slot \(bytes) is \(text.debugDescription); seed \(seed)")
                return
            }
        }
        #expect(texts > 30_000, "seed \(seed)")
    }
}
