import Glibc
import TestSupport
import Testing

@testable import ProcessionSystem

@Suite struct GivenTextTests {
    @Test func unicodeIsHeldAsItself() {
        for text in ["", "map", "größe", "e\u{301}", "\u{FFFD}", "\u{10FFFF}", "\u{10FE7F}", "a\u{0}b"] {
            #expect(String(given: Array(text.utf8)).utf8.elementsEqual(text.utf8))
            #expect(text.givenBytes == Array(text.utf8))
        }
    }

    @Test func everyByteAndEveryPairComesBack() {
        for first in UInt8.min...UInt8.max {
            #expect(String(given: [first]).givenBytes == [first])
            for second in UInt8.min...UInt8.max {
                #expect(String(given: [first, second]).givenBytes == [first, second])
            }
        }
    }

    /// Pieces of scalars, whole ones, and above all those that stand for bytes.
    @Test func whateverIsGivenComesBackAndNoTwoAreTheSame() {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let pieces: [[UInt8]] = [
            [0x80], [0xFF], [0xC3], [0xA9], [0xF4, 0x8F], [0xBA], [0xED, 0xA0, 0x80], [0xE2, 0x82], Array("é".utf8),
            Array("\u{10FE80}".utf8), Array("\u{10FEFF}".utf8), Array("\u{10FEC3}\u{10FEA9}".utf8), [0x61], [0x0A],
        ]
        var seen: [String: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...6, using: &random)).flatMap { _ in
                pieces.randomElement(using: &random)!
            }
            let text = String(given: bytes)
            #expect(text.givenBytes == bytes, "seed \(seed): \(bytes)")
            // Not by the texts' own equality, to which composed and decomposed are one.
            let scalars = text.unicodeScalars.map { String($0.value) }.joined(separator: " ")
            #expect(seen.updateValue(bytes, forKey: scalars) ?? bytes == bytes, "seed \(seed): \(bytes)")
        }
    }

    @Test func filesAreOpenedByTheBytesOfTheirNames() throws {
        let name = Array("/tmp/procession-\(RandomSeed.random64())-".utf8) + [0xE9, 0xFF]
        let path = String(given: name)
        let file = try File.open(path, O_WRONLY | O_CREAT | O_EXCL)
        try File.write(file.number, text: "here")
        // Safe: the array lives during the call.
        #expect(unsafe unlink(name.map { CChar(bitPattern: $0) } + [0]) == 0)
    }
}
