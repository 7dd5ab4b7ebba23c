import Testing

@testable import Procession

/// How long chunks get where workers gather them: without any worker.
@Suite struct ChunkSizerTests {
    private func gathering(_ workers: Int = 2) -> ChunkSizer {
        ChunkSizer(fixed: nil, workers: workers, target: .milliseconds(10), gathers: true)
    }

    @Test func fewChunksAreOutBeforeItIsKnownWhatARecordCosts() {
        var sizer = gathering()
        #expect(sizer.allows(beside: 3) && !sizer.allows(beside: 4))
        sizer.learn(records: 1, in: .microseconds(1))
        #expect(sizer.allows(beside: 1000))
    }

    /// A worker that dies at its first record has finished none of them, in any time.
    @Test(arguments: [Duration.zero, .nanoseconds(1), .nanoseconds(Int64.max)])
    func nothingIsLearntFromAChunkOfWhichNothingWasFinished(time: Duration) {
        var sizer = gathering()
        sizer.learn(records: 1, in: .milliseconds(1))
        let expected = sizer.next(remaining: nil)
        sizer.learn(records: 0, in: time)
        #expect(sizer.next(remaining: nil) == expected && expected > 1)
    }

    /// Whatever is asked for, remembered or learnt.
    @Test(arguments: [nil, 100], [nil, 3, 1000])
    func noChunkIsLongerThanAWorkersTermAllows(fixed: Int?, remaining: Int?) {
        let remembered = ChunkSizes.Size(limit: 500, least: 50)
        var sizer = ChunkSizer(
            fixed: fixed, longest: 7, workers: 1, target: .milliseconds(10), remembered: remembered)
        for _ in 0..<20 {
            #expect((1...7).contains(sizer.next(remaining: remaining)))
            sizer.learn(records: 7, in: .nanoseconds(1))
        }
    }

    @Test func anyNumberIsOutWhereWorkersFinishOneChunkAfterTheOther() {
        let sizer = ChunkSizer(fixed: nil, workers: 2, target: .milliseconds(10))
        #expect(sizer.allows(beside: 1000))
    }

    @Test(arguments: [(1, 8), (10, 8), (20, 4), (50, 1), (1000, 1)])
    func chunksThatWereTakenQuicklyAreFollowedByLongerOnes(milliseconds: Int, records: Int) {
        var sizer = gathering()
        sizer.areTaken(4, in: .milliseconds(milliseconds), isFull: false)
        #expect(sizer.next(remaining: nil) == records)
        #expect(sizer.allows(beside: 7) && !sizer.allows(beside: 8))
    }

    /// Once for each time that chunks are finished, however often somebody asks.
    @Test func chunksGetLongerWhereThereIsNoPlaceForMore() {
        var sizer = gathering()
        sizer.learn(records: 1000, in: .seconds(1))
        #expect(sizer.next(remaining: nil) == 4)
        for _ in 0..<3 { sizer.areTaken(64, in: .milliseconds(1), isFull: false) }
        sizer.learn(records: 1000, in: .seconds(1))
        #expect(sizer.next(remaining: nil) == 10)
        for _ in 0..<3 { sizer.areTaken(64, in: .milliseconds(1), isFull: true) }
        sizer.learn(records: 1000, in: .seconds(1))
        #expect(sizer.next(remaining: nil) == 20)
    }

    @Test func noChunkIsLongerThanItsPartOfFiveSeconds() {
        var sizer = gathering()
        for _ in 0..<20 {
            sizer.learn(records: 1000, in: .seconds(1))
            sizer.areTaken(64, in: .milliseconds(1), isFull: true)
        }
        sizer.learn(records: 1000, in: .seconds(1))
        #expect(sizer.next(remaining: nil) == 160)
    }

    @Test func aFunctionBeginsWithChunksAsLongAsThoseOfItsLastRun() {
        var sizes = ChunkSizes(workers: 2)
        func sizer(_ function: String) -> ChunkSizer {
            sizes.sizer(for: function, target: .microseconds(100), gathers: false)
        }
        var first = sizer("f")
        #expect(first.found == nil && first.next(remaining: 1000) == 1 && !first.isLong(1000))
        for _ in 0..<3 { first.learn(records: 10, in: .microseconds(10)) }
        sizes.learn(first.found, of: "f")
        sizes.learn(sizer("g").found, of: "f")
        #expect(sizer("f").next(remaining: 1000) == 64 && sizer("f").isLong(1000) && !sizer("f").isLong(100))
        #expect(sizer("g").next(remaining: 1000) == 1 && !sizer("g").isLong(1000))
        #expect(sizer("f").next(remaining: nil) == 1)
    }

    /// Beside the runs of other functions that have begun since, and where none has.
    @Test(arguments: [true, false]) func whatARunHasFoundIsRememberedWhicheverBeganLast(isLast: Bool) {
        var sizes = ChunkSizes(workers: 2)
        func sizer(_ function: String) -> ChunkSizer {
            sizes.sizer(for: function, target: .microseconds(100), gathers: false)
        }
        var first = sizer("f")
        first.learn(records: 10, in: .microseconds(10))
        if !isLast { _ = sizer("g") }
        sizes.learn(first.found, of: "f")
        #expect(sizer("f").next(remaining: 1000) == 4 && sizer("g").next(remaining: 1000) == 1)
    }
}
