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

    /// What a filter has answered before it was killed is asked again in one go, and then the suspect alone, of the same
    /// filter first.
    @Test(arguments: [0, 1, 3]) func theFirstLineWithoutAnAnswerIsTriedAloneAndFailsAfterItsRetries(_ retries: Int) {
        var book = FilterBook(retries: retries)
        expect(run(&book, sent: 10, answered: 6, Self.dead), .takeBack)
        #expect(book.uncertain == 0 && book.room == 6)
        book.send(6)
        #expect(book.room == 0 && !book.closesWhenSent)
        answer(6, in: &book)
        #expect(book.uncertain == 6)
        expect(&book, runsDryWith: .certain)
        for attempt in 0...retries {
            #expect(book.room == 1 && book.closesWhenSent == (attempt > 0))
            expect(run(&book, sent: 1, answered: 0, Self.dead), attempt == retries ? .fail : .hold)
        }
        #expect(book.uncertain == 0 && book.room == nil)
    }

    /// Where the first filter has left out a line, what it answered before its death is not answered again.
    @Test func whatTheNextFilterLeavesOutOfTheLinesBeforeTheSuspectIsSearched() {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 9, answered: 4, Self.dead), .takeBack)
        expect(run(&book, sent: 4, answered: 3, Self.clean), .takeBack)
        for _ in 0..<9 {
            #expect(book.room == 1 && !book.closesWhenSent)
            book.send(1)
            answer(1, in: &book)
            expect(&book, runsDryWith: .certain)
        }
        #expect(book.room == nil)
    }

    /// The next one is killed sooner, by chance: so are fewer lines believed to be good, until it is one.
    @Test func whereTheNextFilterIsKilledSoonerFewerLinesAreSentAgainInOneGo() {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 9, answered: 6, Self.dead), .takeBack)
        expect(run(&book, sent: 6, answered: 2, Self.dead), .takeBack)
        #expect(book.room == 2)
        expect(run(&book, sent: 2, answered: 0, Self.dead), .takeBack)
        #expect(book.room == 1)
        expect(run(&book, sent: 1, answered: 0, Self.dead), .hold)
        #expect(book.room == 1 && book.closesWhenSent)
    }

    /// Another line has killed it: the rest of those that it was sent are asked one by one.
    @Test func anInnocentSuspectMakesTheOthersSuspect() {
        var book = FilterBook(retries: 1)
        expect(run(&book, sent: 4, answered: 1, Self.dead), .takeBack)
        for _ in 0..<4 {
            #expect(book.room == 1)
            book.send(1)
            answer(1, in: &book)
            expect(&book, runsDryWith: .certain)
        }
        #expect(book.room == nil)
    }

    /// With numbers nothing is taken back, and the first line without an answer is alone at once.
    @Test func withNumbersTheSuspectComesFirst() {
        var book = FilterBook(retries: 0, isTagged: true)
        expect(run(&book, sent: 10, answered: 6, Self.dead), .takeBack)
        #expect(book.room == 1)
        expect(run(&book, sent: 1, answered: 0, Self.dead), .fail)
        #expect(book.room == nil)
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
