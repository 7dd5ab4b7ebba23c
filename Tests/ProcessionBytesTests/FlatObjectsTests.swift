import TestSupport
import Testing

@testable import ProcessionBytes

/// What is seen of 64 bytes at a time is what is read a byte after the other: no line too many, and none too few.
@Suite struct FlatObjectsTests {
    /// Bytes that all instructions, and the reader of single bytes, take for flat lines; nil where they differ.
    private func flatCount(_ bytes: [UInt8]) -> Int? {
        let counts = Instructions.all.map { instructions in
            var index = JSONIndex(instructions)
            return FlatObjects.count(in: bytes.span, &index)
        }
        return counts.allSatisfy { $0 == FlatLine.count(in: bytes) } ? counts[0] : nil
    }

    /// All texts of up to so many of these characters, one of which ends a line.
    private func everyText(of alphabet: String, upTo most: Int, _ body: (String) -> Void) {
        var texts = [""]
        for _ in 0...most {
            texts.forEach(body)
            texts = texts.flatMap { text in alphabet.map { text + String($0) } }
        }
    }

    /// A word is the last there is, at the end of a block and elsewhere.
    @Test(arguments: ["true", "false", "null", "fals"]) func wordsThatNothingFollows(word: String) {
        for place in 0..<130 {
            let text = "{\"a\":1}\n{\"" + String(repeating: "n", count: place) + "\":" + word
            #expect(flatCount(Array(text.utf8)) != nil, "\(text)")
        }
    }

    @Test func everyShortLine() {
        everyText(of: "{}\":,1 ", upTo: 5) { text in
            #expect(flatCount(Array((text + "\n").utf8)) != nil, "\(text)")
        }
        everyText(of: "\":,1 }", upTo: 5) { text in
            #expect(flatCount(Array(("{\"" + text + "}\n").utf8)) != nil, "\(text)")
        }
    }

    /// Every text of an alphabet as a value between two marks: at every place of a block, and across the border of two.
    private func expectAgreement(onEveryTextOf alphabet: String, upTo most: Int, between mark: String = "") {
        var place = 0
        everyText(of: alphabet, upTo: most) { value in
            place = (place + 1) % 66
            let text = "{\"\(String(repeating: "n", count: place))\":\(mark)\(value)\(mark)}\n"
            #expect(flatCount(Array(text.utf8)) != nil, "\(text)")
        }
    }

    @Test func everyShortText() { expectAgreement(onEveryTextOf: "\\\"uné0", upTo: 6, between: "\"") }

    @Test func everyShortValue() { expectAgreement(onEveryTextOf: "-01.9,\"", upTo: 4) }

    /// The first bytes that are not ASCII, all of them, with what may stand behind them and what may not.
    @Test func everyCharacterIsTakenAndNothingElse() {
        let next: [UInt8] = [0x22, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        var place = 0
        for lead in UInt8(0x7F)...0xFF {
            for second in next {
                for third in [0x41, 0x80, 0xBF, 0xC2] as [UInt8] {
                    for fourth in [0x41, 0x80, 0xBF] as [UInt8] {
                        place = (place + 1) % 66
                        let name = [UInt8](repeating: 0x6E, count: place)
                        let text =
                            Array("{\"".utf8) + name + Array("\":\"".utf8) + [lead, second, third, fourth]
                            + Array("\"}\n".utf8)
                        #expect(flatCount(text) != nil, "\(text)")
                    }
                }
            }
        }
    }

    @Test(arguments: [
        "true", "false", "null", "-0.5", "1234567890.0987654321", "\"text\"", "\"\"", "1",
        #""\"""#, #""\\""#, #""\\\"\u00e9\/\ud800""#, "\"é\"", "\"€ß𝄞\u{7FF}\u{FFFF}\u{10FFFF}\"",
    ])
    func everyKindOfValueIsTakenAtEveryPlace(_ value: String) {
        for place in 0..<70 {
            for close in [",\"b\":", "}\n{\"b\": ", ", \"b\":  "] {
                let text = "{\"\(String(repeating: "n", count: place))\":\(value)\(close)\(value)}\n"
                #expect(flatCount(Array(text.utf8)) == text.utf8.count, "\(text)")
            }
        }
    }

    @Test func whatIsBrokenAnywhereIsRefusedWithItsLine() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let written = [
            #"{"id":1,"name":"a b","ms":0.5,"ok":true,"no":false,"none":null}"#, #"{"a":-10}"#,
            #"{"long": "0123456789abcdefghijklmnopqrstuvwxyz{}[],:", "d": 0.125}"#,
            #"{"é":"\\","wide":"Größe € 𝄞 日本","escaped":"\"a\"\n\u00e9\\\\","end":1}"#,
        ]
        let bytes =
            Array("{}[]\":,\\\\ 0123456789-+.eEtruefalsn\u{1}\t\rx\n".utf8)
            + [0x80, 0x9F, 0xA0, 0xBF, 0xC1, 0xC3, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF]
        var (whole, broken) = (0, 0)
        for _ in 0..<2_000 {
            let lines = (0..<Int.random(in: 1...40, using: &numbers)).map { _ in written.randomElement(using: &numbers)!
            }
            var text = Array((lines.joined(separator: "\n") + "\n").utf8)
            for _ in 0..<Int.random(in: 0...2, using: &numbers) {
                let place = Int.random(in: text.indices, using: &numbers)
                switch Int.random(in: 0..<3, using: &numbers) {
                case 0: text[place] = bytes.randomElement(using: &numbers)!
                case 1: text.remove(at: place)
                default: text.insert(bytes.randomElement(using: &numbers)!, at: place)
                }
            }
            let count = flatCount(text)
            #expect(count != nil, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
            if count == text.count { whole += 1 } else { broken += 1 }
        }
        #expect(whole > 300 && broken > 300)
    }

    /// A nested line among flat ones, an empty object, and flat lines behind them are all taken; what JSON does not
    /// have ends it.
    @Test func flatAndNestedLinesTakeTurns() {
        let lines = ["{\"a\":1}", "{\"a\":[1,{\"b\":2}]}", "{}", "{\"a\": \"x\"}"]
        for count in [1, 2, 30, 300] {
            for instructions in Instructions.all {
                let text = (0..<count).map { lines[$0 % 4] + "\n" }.joined()
                var plain = PlainObjects(instructions)
                #expect(plain.count(in: Array(text.utf8).span) == text.utf8.count)
                #expect(plain.count(in: Array((text + "{\"a\":01}\n" + text).utf8).span) == text.utf8.count)
            }
        }
    }
}
