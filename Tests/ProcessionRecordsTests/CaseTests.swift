import ProcessionRecords
import Testing

/// Cases and lengths against Python 3.11: `upper`, `lower` and `len` of `str`, written down once.
@Suite struct CaseTests {
    static let words: [(String, upper: String, lower: String, length: Int)] = [
        ("", "", "", 0),
        ("hello World", "HELLO WORLD", "hello world", 11),
        ("stra\u{DF}e", "STRASSE", "stra\u{DF}e", 6),
        (
            "\u{149} \u{1F0} \u{390} \u{FB03} \u{587} \u{1E96}",
            "\u{2BC}N J\u{30C} \u{399}\u{308}\u{301} FFI \u{535}\u{552} H\u{331}",
            "\u{149} \u{1F0} \u{390} \u{FB03} \u{587} \u{1E96}", 11
        ),
        ("\u{130}stanbul \u{131}I", "\u{130}STANBUL II", "i\u{307}stanbul \u{131}i", 11),
        ("\u{391}\u{3A3}", "\u{391}\u{3A3}", "\u{3B1}\u{3C2}", 2),
        ("\u{391}\u{3A3} \u{392}", "\u{391}\u{3A3} \u{392}", "\u{3B1}\u{3C2} \u{3B2}", 4),
        ("\u{391}\u{3A3}.\u{392}", "\u{391}\u{3A3}.\u{392}", "\u{3B1}\u{3C3}.\u{3B2}", 4),
        ("\u{391}.\u{3A3}", "\u{391}.\u{3A3}", "\u{3B1}.\u{3C2}", 3),
        ("\u{3A3}", "\u{3A3}", "\u{3C3}", 1),
        ("\u{3A3}\u{3B1}", "\u{3A3}\u{391}", "\u{3C3}\u{3B1}", 2),
        (
            "\u{1F48}\u{394}\u{3A5}\u{3A3}\u{3A3}\u{395}\u{38E}\u{3A3} \u{1F48}\u{394}\u{3A5}\u{3A3}\u{3A3}\u{388}\u{3A9}\u{3A3}",
            "\u{1F48}\u{394}\u{3A5}\u{3A3}\u{3A3}\u{395}\u{38E}\u{3A3} \u{1F48}\u{394}\u{3A5}\u{3A3}\u{3A3}\u{388}\u{3A9}\u{3A3}",
            "\u{1F40}\u{3B4}\u{3C5}\u{3C3}\u{3C3}\u{3B5}\u{3CD}\u{3C2} \u{1F40}\u{3B4}\u{3C5}\u{3C3}\u{3C3}\u{3AD}\u{3C9}\u{3C2}",
            17
        ),
        ("\u{391}\u{3A3}\u{301}", "\u{391}\u{3A3}\u{301}", "\u{3B1}\u{3C2}\u{301}", 3),
        ("\u{391}\u{3A3}\u{301}\u{392}", "\u{391}\u{3A3}\u{301}\u{392}", "\u{3B1}\u{3C3}\u{301}\u{3B2}", 4),
        ("1\u{3A3}", "1\u{3A3}", "1\u{3C3}", 2),
        ("\u{391}\u{AD}\u{3A3}\u{2019}", "\u{391}\u{AD}\u{3A3}\u{2019}", "\u{3B1}\u{AD}\u{3C2}\u{2019}", 4),
        (
            "\u{1FB3} \u{1FBC} \u{1FFC} \u{1FF7}", "\u{391}\u{399} \u{391}\u{399} \u{3A9}\u{399} \u{3A9}\u{342}\u{399}",
            "\u{1FB3} \u{1FB3} \u{1FF3} \u{1FF7}", 7
        ),
        ("\u{1C5} \u{1C6} \u{1C4}", "\u{1C4} \u{1C4} \u{1C4}", "\u{1C6} \u{1C6} \u{1C6}", 5),
        ("\u{10D0} \u{1C90} \u{2D00}", "\u{1C90} \u{1C90} \u{10A0}", "\u{10D0} \u{10D0} \u{2D00}", 5),
        (
            "\u{24D0}\u{24B6} \u{2177}\u{2167}", "\u{24B6}\u{24B6} \u{2167}\u{2167}",
            "\u{24D0}\u{24D0} \u{2177}\u{2177}", 5
        ),
        (
            "\u{10428}\u{10400} \u{1E922}\u{1E900}", "\u{10400}\u{10400} \u{1E900}\u{1E900}",
            "\u{10428}\u{10428} \u{1E922}\u{1E922}", 5
        ),
        ("\u{13A0}\u{AB70}", "\u{13A0}\u{13A0}", "\u{AB70}\u{AB70}", 2),
        (
            "\u{C0}\u{C9}\u{FF}\u{178}\u{B5}\u{17F}K", "\u{C0}\u{C9}\u{178}\u{178}\u{39C}SK",
            "\u{E0}\u{E9}\u{FF}\u{FF}\u{B5}\u{17F}k", 7
        ),
        (
            "\u{421}\u{44A}\u{435}\u{448}\u{44C} \u{401}\u{416}", "\u{421}\u{42A}\u{415}\u{428}\u{42C} \u{401}\u{416}",
            "\u{441}\u{44A}\u{435}\u{448}\u{44C} \u{451}\u{436}", 8
        ),
        ("\u{531} \u{586}", "\u{531} \u{556}", "\u{561} \u{586}", 3),
        ("\u{1E9E} \u{DF}", "\u{1E9E} SS", "\u{DF} \u{DF}", 3),
        (
            "\u{65E5}\u{672C}\u{8A9E} \u{639}\u{631}\u{628}\u{649} \u{1F41F}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            "\u{65E5}\u{672C}\u{8A9E} \u{639}\u{631}\u{628}\u{649} \u{1F41F}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            "\u{65E5}\u{672C}\u{8A9E} \u{639}\u{631}\u{628}\u{649} \u{1F41F}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            15
        ),
        ("\u{250}\u{2C6F} \u{23A}\u{2C65}", "\u{2C6F}\u{2C6F} \u{23A}\u{23A}", "\u{250}\u{250} \u{2C65}\u{2C65}", 5),
        ("\u{C5} \u{C5} K", "\u{C5} \u{C5} K", "\u{E5} \u{E5} k", 5),
    ]

    @Test(arguments: words)
    func mapsCasesAsPythonDoes(word: String, upper: String, lower: String, length: Int) throws {
        let outcome = try run(word + "\n", plan(.lines, "u=upper", "l=lower", "n=length"))
        #expect(outcome.bytes == Array("\(upper)\t\(lower)\t\(length)\n".utf8))
    }

    @Test func mapsEveryASCIIByteAtEveryDistance() throws {
        // Python: bytes(range(32, 127)).upper()
        let ascii = String(String.UnicodeScalarView((32..<127).map { Unicode.Scalar(UInt8($0)) }))
        let upper = ascii.uppercased()
        for length in 0...40 {
            let spaces = String(repeating: " ", count: length)
            let outcome = try run("\(spaces)\(ascii)\n\(spaces)\(ascii)é\n", plan(.lines, "u=upper"))
            #expect(outcome.text == "\(spaces)\(upper)\n\(spaces)\(upper)É\n")
        }
    }

    /// Python: `len(bytes.decode("utf-8", "replace"))`.
    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], 3), ([0xC3], 1), ([0xE2, 0x82], 1), ([0xE2, 0x82, 0x41], 2), ([0xF0, 0x9F, 0x90], 1),
            ([0xED, 0xA0, 0x80], 3), ([0xC0, 0x80], 2), ([0xF4, 0x90, 0x80, 0x80], 4), ([0x80, 0x80], 2),
            ([0xF0, 0x80, 0x80, 0xC3, 0xA9], 4),
        ] as [([UInt8], Int)])
    func countsEachPieceThatIsNotUTF8Once(text: [UInt8], length: Int) throws {
        #expect(try run(text + [0x0A], plan(.lines, "n=length")).text == "\(length)\n")
    }

    @Test func leavesWhatIsNotUTF8AsItIs() throws {
        let input: [UInt8] = [0x61, 0xFF, 0xC3, 0x62, 0xE2, 0x82, 0xCE, 0xA3, 0x80, 0x0A]
        let upper: [UInt8] = [0x41, 0xFF, 0xC3, 0x42, 0xE2, 0x82, 0xCE, 0xA3, 0x80, 0x0A]
        #expect(try run(input, plan(.lines, "u=upper")).bytes == upper)
        let lower: [UInt8] = [0x61, 0xFF, 0xC3, 0x62, 0xE2, 0x82, 0xCF, 0x83, 0x80, 0x0A]
        #expect(try run(input, plan(.lines, "l=lower")).bytes == lower)
    }
}
