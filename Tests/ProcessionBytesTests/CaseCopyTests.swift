import ProcessionBytes
import TestSupport
import Testing

/// ASCII letters that are copied in the other case, sixteen bytes at a time.
@Suite struct CaseCopyTests {
    /// As one byte after the other would be: whatever lies around the part, and whatever room there is.
    @Test func copiesUpToTheFirstByteThatIsNotASCII() {
        var random = SplitMix(seed: printedSeed())
        for _ in 0..<20_000 {
            let isMixed = Bool.random(using: &random)
            let text = (0..<Int.random(in: 0...70, using: &random)).map { _ in
                UInt8.random(
                    in: isMixed && Int.random(in: 0..<20, using: &random) == 0 ? 0x80...0xFF : 0...0x7F, using: &random)
            }
            let begin = Int.random(in: 0...text.count, using: &random)
            let part = begin..<Int.random(in: begin...text.count, using: &random)
            let first = UInt8(ascii: Bool.random(using: &random) ? "a" : "A")
            var target = [UInt8](repeating: 0xEE, count: Int.random(in: 0...90, using: &random))
            let room = target.count
            var span = target.mutableSpan
            let count = copyASCII(of: text.span, part, changing: first, to: &span)
            let wanted = text[part].prefix { $0 < 0x80 }.map { $0 ^ ($0 &- first < 26 ? 0x20 : 0) }
            #expect(count <= wanted.count && Array(target.prefix(count)) == Array(wanted.prefix(count)))
            // It ends early only where sixteen bytes more do not lie in the text, or do not fit.
            #expect(count == wanted.count || text.count - begin - count < 16 || room - count < 16)
        }
    }
}
