import ProcessionSystem
import TestSupport
import Testing

@testable import ProcessionCLI

/// Whole lives of filters that leave out lines and die of some, without a process: whatever they do, and in whatever order,
/// no line is given another one's answer.
@Suite struct FilterSearchTests {
    /// Everything that may be wrong with each of five lines.
    @Test(arguments: [true, false], [1, 2, 5])
    func everyPatternOfBadLinesEndsWithEveryLinesOwnAnswer(_ isPrompt: Bool, _ together: Int) {
        for pattern in 0..<(1 << 11) {
            let deeds = (0..<5).map { FilterSimulation.Deed(rawValue: pattern >> (2 * $0) & 3)! }
            let bad = Set((0..<5).filter { deeds[$0] != .answers })
            var simulation = FilterSimulation(
                lines: 5, together: together, isPrompt: isPrompt, retries: pattern >> 10
            ) { line, _ in deeds[line] }
            let ended = simulation.run()
            #expect(ended, "\(deeds)")
            #expect(simulation.wrong == [], "\(deeds)")
            #expect(simulation.failed == bad, "\(deeds)")
            if isPrompt {
                #expect(simulation.starts <= 1 + bad.count * 3, "\(deeds): \(simulation.starts)")
            }
        }
    }

    /// Every filter that is started does something else with a line.
    @Test(arguments: [true, false], [2, 12])
    func noChanceGivesALineAnotherOnesAnswer(_ isPrompt: Bool, _ together: Int) {
        let seed = RandomSeed.random64()
        for run in 0..<2000 as Range<UInt64> {
            var random = SplitMix(seed: seed &+ run)
            let evil = Int.random(in: 5...30, using: &random)
            var simulation = FilterSimulation(
                lines: 12, together: together, isPrompt: isPrompt, retries: Int.random(in: 0...2, using: &random)
            ) { _, _ in
                guard Int.random(in: 0..<100, using: &random) < evil else { return .answers }
                return [.isLeftOut, .exits, .dies].randomElement(using: &random)!
            }
            let ended = simulation.run()
            #expect(ended, "seed \(seed) + \(run)")
            #expect(simulation.wrong == [], "seed \(seed) + \(run)")
        }
    }

    /// It leaves out line 2 and dies of line 5; of line 4, which seems to be the one, the next two die by chance.
    @Test func deathsByChanceDoNotMakeAnswersCertain() {
        var simulation = FilterSimulation(lines: 5, together: 5, isPrompt: true, retries: 1) { line, start in
            switch (start, line) {
            case (1, 1): .isLeftOut
            case (1, 4), (2...3, 3): .dies
            default: .answers
            }
        }
        let ended = simulation.run()
        #expect(ended && simulation.wrong == [], "\(simulation.answers)")
    }
}

/// A filter, and a desk that does what the book says.
private struct FilterSimulation {
    /// What a filter does with a line.
    enum Deed: Int { case answers, isLeftOut, exits, dies }

    let lines: Int
    /// Lines that are sent at once.
    let together: Int
    /// Whether answers come at once, or at the end.
    let isPrompt: Bool
    /// Of a line, and of the filter with this number, from 1.
    let deed: (_ line: Int, _ start: Int) -> Deed
    private var book: FilterBook
    /// The answer that each line was given, and how many are certain.
    private(set) var answers: [Int] = []
    private(set) var certain = 0
    private(set) var failed: Set<Int> = []
    private(set) var starts = 0

    init(lines: Int, together: Int, isPrompt: Bool, retries: Int, deed: @escaping (Int, Int) -> Deed) {
        (self.lines, self.together, self.isPrompt, self.deed) = (lines, together, isPrompt, deed)
        book = FilterBook(retries: retries)
    }

    var wrong: [Int] { (0..<lines).filter { !failed.contains($0) && answers[$0] != $0 } }

    /// Whether it came to an end.
    mutating func run() -> Bool {
        while certain < lines, starts < 1000 {
            starts += 1
            runFilter()
        }
        return certain == lines
    }

    private mutating func runFilter() {
        var next = answers.count
        var out: [Int] = []
        while next < lines, book.room != 0 {
            let count = min(book.room ?? (isPrompt ? together : lines), lines - next)
            book.send(count)
            for line in next..<next + count {
                let deed = deed(line, starts)
                if deed == .answers { out.append(line) }
                guard deed == .exits || deed == .dies else { continue }
                // What it has not written is lost with it.
                if isPrompt { take(out) }
                return follow(book.end(FilterBook.End(ending: deed == .dies ? .signalled(9) : .exited(1))))
            }
            next += count
            guard isPrompt else { continue }
            take(out)
            out = []
            guard book.inFlight == 0, !book.closesWhenSent else { break }
            follow(book.ranDry())
            next = answers.count
        }
        if !isPrompt { book.fellSilent() }
        take(out)
        follow(book.end(FilterBook.End(ending: .exited(0), wasAsked: true)))
    }

    private mutating func take(_ out: [Int]) {
        answers += out
        let isInStep = book.answer(out.count)
        #expect(isInStep)
    }

    private mutating func follow(_ verdict: FilterBook.Verdict) {
        switch verdict {
        case .certain: certain = answers.count
        case .hold: break
        case .takeBack: answers.removeLast(answers.count - certain)
        case .fail:
            failed.insert(answers.count)
            answers.append(-1)
            certain = answers.count
        case .giveUp: Issue.record("given up")
        }
    }
}
