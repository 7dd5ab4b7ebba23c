import Testing

@testable import Procession

/// Bytes as they come, cut into lines.
@Suite struct LineCutterTests {
    /// What is told of a text that comes in parts, each piece with a mark where its line goes on.
    private func told(_ parts: [String], longest: Int = 4) -> [String] {
        var cutter = LineCutter(longest: longest)
        var pieces = parts.flatMap { cutter.cut(Array($0.utf8)[...]) }
        if let last = cutter.finish() { pieces.append(last) }
        return pieces.map { String(decoding: $0.bytes, as: UTF8.self) + ($0.endsLine ? "" : "…") }
    }

    @Test(arguments: [
        ([], []), ([""], []), (["a\n"], ["a"]), (["a"], ["a"]), (["\n\n"], ["", ""]), (["a\n\nb"], ["a", "", "b"]),
        (["a", "b", "\nc", "\n"], ["ab", "c"]), (["abcd\n"], ["abcd"]), (["abcde\nf"], ["abcd…", "e", "f"]),
        (["abc", "defghij\n"], ["abcd…", "efgh…", "ij"]), (["abcdefgh\n"], ["abcd…", "efgh"]),
        (["abc\u{E4}\n"], ["abc…", "ä"]), (["ab\u{1F600}cdef"], ["ab…", "\u{1F600}…", "cdef"]),
    ])
    func linesAreCutWhereTheyEndOrAreTooLong(parts: [String], lines: [String]) {
        #expect(told(parts) == lines)
        // However it comes.
        #expect(told(parts.joined().unicodeScalars.map { String($0) }) == lines)
    }

    /// What is no text is cut nevertheless.
    @Test func bytesThatBeginNoCharacterAreCutToo() {
        var cutter = LineCutter(longest: 4)
        let pieces = cutter.cut(Array(repeating: 0x80, count: 9)[...])
        #expect(pieces.map(\.bytes.count) == [4, 4] && cutter.finish()?.bytes.count == 1)
    }
}
