import ProcessionSegment
import TestSupport
import Testing

/// Memory that pieces have left behind, told by the book and counted line by line.
struct IdleExtentTests {
    private static let line = SegmentLayout.line
    private static let area = 4096..<4096 + 200 * line

    @Test func whatIsIdleIsKnownAndGivenBackOnceAndNeverWhatSomebodyHas() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for _ in 0..<50 {
            var book = ExtentAllocator(Self.area)
            var held: [Range<Int>] = []
            var warm: Set<Int> = []  // lines that take memory
            for _ in 0..<400 {
                switch Int.random(in: 0..<20, using: &numbers) {
                case 0..<10:
                    guard let given = book.allocate(Int.random(in: 1...20 * Self.line, using: &numbers)) else {
                        continue
                    }
                    held.append(given)
                    warm.formUnion(Self.lines(given))
                case 10..<19:
                    guard !held.isEmpty else { continue }
                    book.release(held.remove(at: Int.random(in: held.indices, using: &numbers)))
                default:
                    let border = Self.area.lowerBound + Int.random(in: 0...210, using: &numbers) * Self.line
                    book.giveBack(above: border) { range in
                        #expect(range.lowerBound >= border && !held.contains { $0.overlaps(range) }, "seed \(seed)")
                        warm.subtract(Self.lines(range))
                    }
                    #expect(book.idle(above: border) == 0, "seed \(seed)")
                }
                let idle = warm.subtracting(held.flatMap(Self.lines))
                guard book.idleBytes == idle.count * Self.line, book.idle(above: 0) == book.idleBytes else {
                    Issue.record("\(book.idleBytes) bytes, not \(idle.count) lines; seed \(seed)")
                    return
                }
            }
        }
    }

    @Test func aPieceThatCannotBeGivenBackStaysWarm() {
        struct Refused: Error {}
        var book = ExtentAllocator(Self.area)
        book.release(book.allocate(1024)!)
        #expect(throws: Refused.self) { try book.giveBack(above: 0) { _ in throw Refused() } }
        #expect(book.idleBytes == 1024)
    }

    @Test func theReachOfTheLastEightRunsIsRememberedAndThatOfOlderOnesForgotten() {
        var book = ExtentAllocator(Self.area)
        book.release(book.allocate(100 * Self.line)!)
        let far = Self.area.lowerBound + 100 * Self.line
        for _ in 0..<8 {
            book.endRun()
            book.release(book.allocate(Self.line)!)
            #expect(book.recentReach == far)
        }
        for _ in 0..<8 { book.endRun() }
        #expect(book.recentReach <= Self.area.lowerBound + Self.line)
    }

    private static func lines(_ range: Range<Int>) -> StrideTo<Int> {
        stride(from: range.lowerBound, to: range.upperBound, by: line)
    }
}
