import TestSupport
import Testing

@testable import ProcessionBytes

/// A byte is found everywhere it stands, and nowhere else, whatever instructions look for it.
@Suite struct BytePlacesTests {
    private func places(_ wanted: UInt8, _ bytes: [UInt8], from start: Int, _ instructions: Instructions) -> [Int] {
        var places = BytePlaces(of: wanted, from: start, instructions)
        var found: [Int] = []
        while true {
            let next = places.next(in: bytes.span)
            guard next < bytes.count else { return found }
            found.append(next)
        }
    }

    @Test(arguments: Instructions.all)
    func allPlacesAreFoundInTextsOfAnyLength(_ instructions: Instructions) {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for length in Array(0...200) + [1023, 1024, 1025, 1087, 1088, 2047, 2048, 2049, 5000] {
            let wanted = UInt8.random(in: .min ... .max, using: &numbers)
            let near = [wanted, wanted &+ 1, wanted ^ 0x80, 0, 0xFF]
            // What lies behind the span does not count.
            let all = (0..<length + 9).map { _ in near.randomElement(using: &numbers)! } + [wanted]
            let bytes = Array(all.prefix(length))
            for start in [0, 1, 63, 64, length / 2, length] where start <= length {
                let expected = (start..<length).filter { bytes[$0] == wanted }
                #expect(places(wanted, bytes, from: start, instructions) == expected, "seed \(seed)")
            }
            #expect(count(wanted, in: all.span.extracting(first: length), instructions) == bytes.count { $0 == wanted })
        }
    }

    @Test(arguments: Instructions.all)
    func theEndIsTheEndOfTheBytesWhateverTheirNumber(_ instructions: Instructions) {
        for length in [1, 63, 64, 65, 1024, 1088, 2048, 2112] {
            let bytes = [UInt8](repeating: 7, count: length)
            var places = BytePlaces(of: 7, instructions)
            #expect((0...length + 1).map { _ in places.next(in: bytes.span) } == Array(0...length) + [length])
        }
    }

    @Test(arguments: Instructions.all)
    func theEndIsSaidAsOftenAsOneAsks(_ instructions: Instructions) {
        let bytes: [UInt8] = [1, 2, 1]
        var places = BytePlaces(of: 1, instructions)
        #expect((0..<4).map { _ in places.next(in: bytes.span) } == [0, 2, 3, 3])
        var none = BytePlaces(of: 1, instructions)
        #expect(none.next(in: Span<UInt8>()) == 0)
    }

    @Test(arguments: Instructions.all)
    func marksAreFoundFromWhereverOneMoves(_ instructions: Instructions) {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let near = Array("\",\t\n\r;+!x\u{0}".utf8) + [0xFF, 0xA2, 0x8A]
        for length in Array(0...140) + [1023, 1024, 1025, 2049] {
            let all = (0..<length + 9).map { _ in near.randomElement(using: &numbers)! }
            let bytes = all.span.extracting(first: length)
            var places = BytePlaces(ofMarksWith: UInt8(ascii: ";"), instructions)
            for start in [0, length / 2, 1, length, 0] where start <= length {
                places.move(to: start)
                let expected = (start..<length).filter { isMark(all[$0], delimiter: UInt8(ascii: ";")) } + [length]
                #expect(expected.map { _ in places.next(in: bytes) } == expected, "seed \(seed)")
            }
        }
    }
}
