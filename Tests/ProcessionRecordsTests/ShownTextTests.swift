import Testing

@testable import ProcessionRecords

/// How messages show what others have written.
struct ShownTextTests {
    @Test(arguments: [
        ("net price", "'net price'"), ("größe", "'größe'"), ("日本", "'日本'"), ("e\u{301}", "'e\u{301}'"),
        ("a\nb\tc\rd", #"'a\nb\tc\rd'"#), ("\u{1B}[31mred", #"'\e[31mred'"#),
        ("\0\u{7F}\u{85}", #"'\u{0}\u{7F}\u{85}'"#),
        // Nobody sees these: a joiner, a mark that turns the direction, a soft hyphen, a filler, a byte order mark.
        ("a\u{200B}b", #"'a\u{200B}b'"#), ("\u{202E}evil", #"'\u{202E}evil'"#), ("\u{2066}x", #"'\u{2066}x'"#),
        ("so\u{AD}ft", #"'so\u{AD}ft'"#), ("\u{3164}", #"'\u{3164}'"#), ("\u{FEFF}id", #"'\u{FEFF}id'"#),
        // Nor tells these from a space or from a line's end.
        ("net\u{A0}price", #"'net\u{A0}price'"#), ("\u{2028}\u{2029}", #"'\u{2028}\u{2029}'"#),
    ])
    func whatCannotBeSeenIsSpelled(_ text: String, _ expected: String) {
        #expect(shown(text) == expected)
    }

    @Test func bytesThatAreNoTextAreSpelled() {
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x62, 0xE2, 0x82]
        #expect(shown(bytes.span) == #"'a\xFF\xC3b\xE2\x82'"#)
    }

    @Test func aTextIsCutBetweenCharacters() {
        #expect(shown(String(repeating: "ö", count: 60)) == "'" + String(repeating: "ö", count: 60) + "'")
        #expect(shown(String(repeating: "ö", count: 61)) == "'" + String(repeating: "ö", count: 60) + "…'")
        #expect(shown([0x61, 0x62, 0x63].span, limit: 2) == "'ab…'")
    }

    @Test func everyBytePatternBecomesOneLineThatDoesNothing() {
        for first in UInt8.min...UInt8.max {
            for second: UInt8 in [0x00, 0x0A, 0x1B, 0x41, 0x80, 0x8F, 0xA0, 0xBF, 0xC2, 0xE2, 0xFF] {
                let text = shown([first, second, 0x9B, 0x07].span)
                #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
            }
        }
    }
}
