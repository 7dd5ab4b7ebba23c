import CProcessionBytes
import TestSupport
import Testing

@testable import ProcessionBytes

/// Whatever instructions look at a text, they find what is found a byte after the other.
@Suite struct JSONIndexTests {
    private func words(_ bytes: [UInt8], _ instructions: Instructions) -> [[UInt64]] {
        var index = JSONIndex(instructions)
        index.look(at: bytes.span)
        return (0..<(bytes.count + 63) / 64).map { block in
            let found = index[block]
            return [
                found.quotes, found.colons, found.commas, found.opening_braces, found.closing_braces, found.spaces,
                found.newlines, found.digits, found.zeros, found.minuses, found.points,
                found.backslashes, found.controls, found.wide,
            ]
        }
    }

    /// All bytes there are, at every place of a block.
    @Test(arguments: Instructions.all.dropFirst())
    func everyByteIsKnownAtEveryPlace(_ instructions: Instructions) {
        for shift in 0..<64 {
            let bytes = (0..<1024).map { UInt8(truncatingIfNeeded: $0 / 64 * 64 + ($0 + shift) % 64) }
            #expect(words(bytes, instructions) == words(bytes, .bytewise))
        }
    }

    @Test(arguments: Instructions.all.dropFirst())
    func aTextOfAnyLengthIsLookedAtToItsEnd(_ instructions: Instructions) {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let marks = Array("\"\":,{} \n0123456789-.\\\t~".utf8) + [0x80, 0xFF, 0x1F, 0x7F]
        for count in 0...JSONIndex.span {
            let bytes = (0..<count).map { _ in marks.randomElement(using: &numbers)! }
            #expect(words(bytes, instructions) == words(bytes, .bytewise), "seed \(seed)")
        }
    }

    @Test func eachKindIsWhatItsNameSays() {
        let bytes = Array("{\"a\":-10.5, \"b\\\\\":\"\u{1}é\"}\n".utf8)
        let expected: [[Character]] = [
            ["\""], [":"], [","], ["{"], ["}"], [" "], ["\n"], Array("0123456789"), ["0"], ["-"], ["."],
        ]
        for instructions in Instructions.all {
            let words = words(bytes, instructions)[0]
            for (kind, characters) in expected.enumerated() {
                let marks = characters.map { $0.asciiValue! }
                #expect(
                    bytes.indices.filter { words[kind] >> $0 & 1 == 1 }
                        == bytes.indices.filter { marks.contains(bytes[$0]) })
            }
            for (kind, isMeant) in [
                { $0 == UInt8(ascii: "\\") }, { $0 == 1 }, { $0 >= 0x80 },
            ].enumerated() as EnumeratedSequence<[(UInt8) -> Bool]> {
                #expect(
                    bytes.indices.filter { words[11 + kind] >> $0 & 1 == 1 }
                        == bytes.indices.filter { isMeant(bytes[$0]) })
            }
        }
    }
}
