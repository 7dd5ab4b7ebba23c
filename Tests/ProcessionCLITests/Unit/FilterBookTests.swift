import ProcessionSystem
import Testing

@testable import ProcessionCLI

/// The book of a filter, without any filter: what becomes of lines and answers, whatever happens.
@Suite struct FilterBookTests {
    private typealias End = FilterBook.End
    private static let clean = End(ending: .exited(0), wasAsked: true)
    private static let dead = End(ending: .signalled(9))

    /// A filter that is sent lines, answers some and ends.
    private func run(
        _ book: inout FilterBook, sent: Int, answered: Int, _ end: FilterBook.End
    ) -> FilterBook.Verdict {
        book.send(sent)
        answer(answered, in: &book)
        return book.end(end)
    }

    private func answer(_ lines: Int, in book: inout FilterBook, isRight: Bool = true) {
        let isInStep = book.answer(lines)
        #expect(isInStep == isRight)
    }

    private func expect(_ verdict: FilterBook.Verdict, _ expected: FilterBook.Verdict) { #expect(verdict == expected) }

    private func expect(_ book: inout FilterBook, runsDryWith expected: FilterBook.Verdict) {
        let verdict = book.ranDry()
        #expect(verdict == expected)
    }

    @Test func asManyAnswersAsLinesAreCertainAtTheEndOfAFilter() {
        var book = FilterBook(retries: 1)
        book.send(3)
        answer(2, in: &book)
        #expect(book.uncertain == 2)
        answer(1, in: &book)
        let verdict = book.end(Self.clean)
        #expect(verdict == .certain)
        #expect(book.uncertain == 0 && book.room == nil)
    }

    @Test(arguments: 0...5) func aLineBeyondThoseThatWereSentIsSurplusAtOnce(_ sent: Int) {
        var book = FilterBook(retries: 1)
        book.send(sent)
        answer(sent, in: &book)
        answer(1, in: &book, isRight: false)
    }

    /// What an earlier filter left unanswered is none of this one's.
    @Test func aLineIsSurplusThoughAnEarlierFilterOwedOne() {
        var book = FilterBook(retries: 1)
        _ = run(&book, sent: 5, answered: 3, Self.dead)
        book.send(1)
        answer(2, in: &book, isRight: false)
    }

    @Test func aDryPipeMakesAnswersCertain() {
        var book = FilterBook(retries: 1)
        book.send(3)
        answer(3, in: &book)
        expect(&book, runsDryWith: .certain)
        #expect(book.uncertain == 0 && book.isPrompt == true)
    }

    /// A filter in step until it died of a line: what it answered before is not asked again.
    @Test(arguments: [0, 1, 3]) func theFirstLineWithoutAnAnswerIsTriedAloneAndFailsAfterItsRetries(_ retries: Int) {
        var book = FilterBook(retries: retries)
        expect(run(&book, sent: 10, answered: 6, Self.dead), .hold)
        #expect(book.uncertain == 6)
        for attempt in 0...retries {
            #expect(book.room == 1 && book.closesWhenSent == (attempt > 0))
            expect(run(&book, sent: 1, answered: 0, Self.dead), attempt == retries ? .fail : .hold)
        }
        #expect(book.uncertain == 0 && book.room == nil)
    }

    /// It left out line 2, answered line 3, and died of line 5: the suspect, line 4, is bad by chance, and nothing says that
    /// the filter was in step before it.
    @Test(arguments: [Ending.exited(0), .exited(3), .signalled(9)])
    func aSuspectWithoutAnAnswerOfWhichNoFilterDiesMakesAllAnswersDoubtful(_ ending: Ending) {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 5, answered: 3, Self.dead), .hold)
        let end = End(ending: ending, wasAsked: true)
        expect(run(&book, sent: 1, answered: 0, end), .takeBack)
        #expect(book.uncertain == 0 && book.room == 1, "its lines are asked one by one")
        for attempt in 0...1 { expect(run(&book, sent: 1, answered: 0, end), attempt == 1 ? .fail : .hold) }
    }

    /// Deaths of one line need not be alike, and at the last attempts the input is closed.
    @Test(arguments: [
        End(ending: .exited(0)), End(ending: .exited(3)), End(ending: .signalled(9), limit: .time(.seconds(1))),
    ])
    func aSuspectOfWhichAnotherFilterDiesIsTheOne(_ death: FilterBook.End) {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 5, answered: 3, Self.dead), .hold)
        expect(run(&book, sent: 1, answered: 0, death), .hold)
        #expect(book.uncertain == 3)
        expect(run(&book, sent: 1, answered: 0, Self.clean), .fail)
    }

    /// The suspect is answered, so a line before it has none: nothing of that is believed.
    @Test func anInnocentSuspectMakesAllAnswersDoubtful() {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 4, answered: 3, Self.dead), .hold)
        expect(run(&book, sent: 1, answered: 1, End(ending: .exited(1), wasAsked: true)), .takeBack)
        #expect(book.uncertain == 0 && book.room == 1 && !book.closesWhenSent)
    }

    /// The book of a filter that was seen to answer only when its input was closed.
    private func bufferingBook(retries: Int) -> FilterBook {
        var book = FilterBook(retries: retries)
        book.send(1)
        book.fellSilent()
        answer(1, in: &book)
        _ = book.end(Self.clean)
        return book
    }

    /// It may have left out a line and read to the end.
    @Test(arguments: [true, false]) func theAnswersOfAFilterThatExitsAreNotBelieved(_ wasAsked: Bool) {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 4, answered: 3, End(ending: .exited(1), wasAsked: wasAsked)), .takeBack)
        #expect(book.uncertain == 0 && book.room == 1)
    }

    @Test func aFilterThatLeavesOutALineAndEndsWellIsSearchedByHalves() {
        var book = bufferingBook(retries: 0)
        expect(run(&book, sent: 16, answered: 15, Self.clean), .takeBack)
        #expect(book.room == 8 && book.closesWhenSent)
        expect(run(&book, sent: 8, answered: 8, Self.clean), .certain)
        #expect(book.room == 4)
        expect(run(&book, sent: 4, answered: 3, Self.clean), .takeBack)
        #expect(book.room == 2)
        expect(run(&book, sent: 2, answered: 1, Self.clean), .takeBack)
        expect(run(&book, sent: 1, answered: 0, Self.clean), .fail)
    }

    @Test func whereAnswersArePromptTheSearchGoesLineByLineThroughOneFilter() {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 4, answered: 3, Self.clean), .takeBack)
        for _ in 0..<2 {
            #expect(book.room == 1 && !book.closesWhenSent)
            book.send(1)
            #expect(book.room == 0)
            answer(1, in: &book)
            expect(&book, runsDryWith: .certain)
        }
        expect(run(&book, sent: 1, answered: 0, Self.clean), .hold)
        #expect(book.room == 1 && book.closesWhenSent)
        expect(run(&book, sent: 1, answered: 0, Self.clean), .fail)
        #expect(book.room == 1)
        book.send(1)
        answer(1, in: &book)
        expect(&book, runsDryWith: .certain)
        #expect(book.room == nil)
    }

    /// Every pattern of lines that kill the filter or are left out, whether answers are prompt or not, to the end: each
    /// line has its own answer, or has failed, and the filter was not started without end.
    @Test(arguments: [true, false], [true, false])
    func everyPatternOfBadLinesEndsWithEveryLinesOwnAnswer(_ isPrompt: Bool, _ kills: Bool) {
        for pattern in 0..<(1 << 9) {
            let retries = pattern & 1
            let pattern = pattern >> 1
            let bad = Set((0..<8).filter { pattern >> $0 & 1 == 1 })
            var simulation = FilterSimulation(
                lines: 8, bad: bad, kills: kills, isPrompt: isPrompt, book: FilterBook(retries: retries))
            let ended = simulation.run()
            #expect(ended, "\(pattern)")
            #expect(simulation.wrong == [], "\(pattern)")
            #expect(simulation.failed == bad, "\(pattern)")
            if isPrompt {
                #expect(simulation.starts <= 1 + bad.count * 3, "\(pattern): \(simulation.starts)")
            }
        }
    }

    @Test func aFilterThatNeverAnswersIsGivenUp() {
        var book = FilterBook(retries: 1)
        var verdicts: [FilterBook.Verdict] = []
        while verdicts.last != .giveUp, verdicts.count < 100 {
            verdicts.append(run(&book, sent: book.room ?? 5, answered: 0, End(ending: .exited(3))))
        }
        #expect(verdicts.count == 33)
    }

    @Test(arguments: [Int32(126), 127]) func aCommandThatIsNotFoundIsGivenUpAtOnce(_ status: Int32) {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 5, answered: 0, End(ending: .exited(status))), .giveUp)
    }
}

/// A filter that answers every line but the bad ones, and a desk that does what the book says.
private struct FilterSimulation {
    let lines: Int
    let bad: Set<Int>
    /// Whether a bad line ends the filter, or is only left out.
    let kills: Bool
    /// Whether answers come at once, or at the end.
    let isPrompt: Bool
    var book: FilterBook
    /// The answer that each line was given, and whether it is certain.
    private(set) var answers: [Int] = []
    private(set) var certain = 0
    private(set) var failed: Set<Int> = []
    private(set) var starts = 0

    init(lines: Int, bad: Set<Int>, kills: Bool, isPrompt: Bool, book: FilterBook) {
        (self.lines, self.bad, self.kills, self.isPrompt, self.book) = (lines, bad, kills, isPrompt, book)
    }

    var wrong: [Int] { (0..<lines).filter { !failed.contains($0) && answers[$0] != $0 } }

    /// Whether it came to an end.
    mutating func run() -> Bool {
        while certain < lines, starts < 200 {
            starts += 1
            runFilter()
        }
        return certain == lines
    }

    private mutating func runFilter() {
        var next = answers.count
        var out: [Int] = []
        while next < lines, book.room != 0 {
            let count = min(book.room ?? (isPrompt ? 2 : lines), lines - next)
            book.send(count)
            for line in next..<next + count {
                guard bad.contains(line) else {
                    out.append(line)
                    continue
                }
                guard kills else { continue }
                // What it has not written is lost with it.
                if isPrompt { take(out) }
                return follow(book.end(FilterBook.End(ending: .exited(1))))
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
