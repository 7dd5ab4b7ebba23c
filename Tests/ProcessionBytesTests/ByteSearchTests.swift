import ProcessionBytes
import TestSupport
import Testing

/// The first bytes are looked at in a word, all others by the C library: neither may miss a byte or see one too many.
struct ByteSearchTests {
    @Test func findsTheFirstAtEveryDistanceAndBehindEveryStart() {
        for length in 0...40 {
            for place in 0..<length {
                var bytes = [UInt8](repeating: 0x78, count: length)
                bytes[place] = 0x0A
                bytes[length - 1] = 0x0A
                for start in 0...place { #expect(find(0x0A, in: bytes.span, from: start) == place) }
            }
        }
    }

    @Test func endsAtTheEndWhereThereIsNone() {
        for length in 0...40 {
            // What lies behind the span does not count.
            let bytes = [UInt8](repeating: 0x78, count: length) + [UInt8](repeating: 0x79, count: 9)
            for start in 0...length + 2 {
                #expect(find(0x79, in: bytes.span.extracting(first: length), from: start) == length)
            }
        }
    }

    @Test func tellsItFromBytesThatAreNearlyTheSame() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for _ in 0..<20_000 {
            let wanted = UInt8.random(in: .min ... .max, using: &numbers)
            let near = [wanted, wanted &+ 1, wanted &- 1, wanted ^ 0x80, 0, 0xFF]
            let count = Int.random(in: 0...20, using: &numbers)
            let bytes = (0..<count).map { _ in near.randomElement(using: &numbers)! }
            #expect(find(wanted, in: bytes.span, from: 0) == bytes.firstIndex(of: wanted) ?? count, "seed \(seed)")
        }
    }

    @Test func findsTheFirstThatIsNotASCIIBehindEveryStart() {
        for length in 0...40 {
            for place in 0...length {
                // What lies behind the span does not count.
                var bytes = [UInt8](repeating: 0x7F, count: length) + [0x80]
                bytes[place] = 0x80
                for start in 0...length {
                    let expected = start <= place ? place : length
                    #expect(findNonASCII(in: bytes.span.extracting(first: length), from: start) == expected)
                }
            }
        }
    }

    @Test func trapsBeforeTheBeginning() async {
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2]
            _ = find(1, in: bytes.span, from: -1)
        }
    }
}
