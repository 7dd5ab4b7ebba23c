import Glibc
import ProcessionSegment
import ProcessionSystem
import Testing

@testable import Procession

/// Steps of the parent's loop, beside a worker that is this process.
@Suite struct SupervisorTests {
    // MARK: Handing out

    /// Two mebibytes of input for each worker; half of that where workers gather chunks, beside what they have taken.
    @Test(arguments: [(1, false, 2), (2, false, 4), (1, true, 1), (2, true, 2)])
    func noMoreInputIsAheadOfTheWorkersThanIsWorthIt(workers: Int, gathers: Bool, chunks: Int) throws {
        let bench = try SupervisorBench(workers: workers, gathers: gathers)
        var source = ListedChunks((0..<10).map { bench.chunk($0 * 10, inputBytes: 1 << 20) })
        source.areChunksGathered = gathers
        bench.run.isRung = true
        try bench.refill(&source)
        #expect(bench.hasMoved && bench.run.isRung != gathers, "a ring is heard once")
        #expect((bench.run.lastOpened > .earliest) == gathers)
        #expect(bench.supervisor.places.occupied.count == chunks)
        try bench.refill(&source)
        #expect(!bench.hasMoved, "there are enough")
        _ = bench.worker.claimNow()
        try bench.refill(&source)
        #expect(bench.hasMoved == gathers)
        #expect(bench.supervisor.places.occupied.count == (gathers ? chunks + 1 : chunks))
    }

    @Test func whatGoesOutAgainGoesBeforeWhatIsNewAndTheOldestFirst() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(30)])
        bench.run.waiting = [10, 0, 20].map { bench.chunk($0) }
        try bench.refill(&source)
        #expect(bench.hasMoved)
        #expect(bench.supervisor.places.sights.count == 4 && bench.run.waiting.isEmpty)
        let opened = bench.supervisor.places.out.sorted { $0.chunk.sequence < $1.chunk.sequence }
        #expect(opened.map(\.chunk.first) == [0, 10, 20, 30])
        #expect(bench.run.awaitedInput == 7, "where the source waits for input")
    }

    @Test func whatMayNotGrowIsNotOpenedUnlessAllOthersWaitForIt() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(20)])
        source.mayGrow = false
        let chunks = [0, 10].map { bench.chunk($0) }
        chunks.forEach(bench.run.chunks.append)
        bench.run.waiting = chunks
        try bench.refill(&source)
        #expect(bench.hasMoved)
        #expect(bench.run.waiting.map(\.first) == [10] && source.asked == 0)
        source.headMayGrow = false
        try bench.refill(&source)
        #expect(!bench.hasMoved)
    }

    @Test func aSourceIsNotAskedBehindItsEnd() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([])
        source.last = .end
        try bench.refill(&source)
        #expect(!bench.hasMoved)
        #expect(bench.run.isExhausted && bench.run.chunks.isOver && source.asked == 1)
        try bench.refill(&source)
        #expect(!bench.hasMoved)
        #expect(source.asked == 1)
        // One that says how many are left is not asked for what it has not.
        let counted = try SupervisorBench()
        var two = ListedChunks([counted.chunk(0), counted.chunk(10)])
        two.isCounted = true
        try counted.refill(&two)
        #expect(counted.hasMoved)
        #expect(counted.run.isExhausted && two.asked == 2 && counted.run.awaitedInput == nil)
    }

    @Test func aChunkIsOpenedWithTheRoomThatItIsGoingToTake() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        source.overflow = 1000
        try bench.refill(&source)
        #expect(bench.worker.claimNow()?.output.free.count == 1536)
    }

    // MARK: Taking back

    @Test func whatIsLeftIsDrainedInOrderAndCountedOnce() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0), bench.chunk(10)])
        source.last = .end
        try bench.step(&source)
        #expect(!bench.isOver)
        let first = try #require(bench.worker.claimNow())
        bench.work()
        try bench.step(&source)
        #expect(!bench.isOver)
        #expect(source.drained.isEmpty && bench.supervisor.board.statistics.published == 10)
        first.publish(10)
        _ = first.leave(after: .nanoseconds(1))
        try bench.step(&source)
        #expect(bench.isOver)
        #expect(source.drained.map(\.first) == [0, 10] && source.flushes == 3)
        let statistics = bench.supervisor.board.statistics
        #expect(statistics.published == 20 && statistics.records == 20 && bench.run.chunks.drained.inputBytes == 200)
        #expect(statistics.failed == 0 && statistics.retried == 0 && statistics.damaged == 0)
    }

    @Test func theInputOfAChunkIsCountedOnceHoweverItWasSplit() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        bench.work(until: 4, wanted: 100)
        try bench.step(&source)
        #expect(bench.supervisor.places.sights.map(\.end) == [10], "the rest goes out again")
        bench.work()
        try bench.step(&source)
        #expect(source.drained.map(\.items) == [0..<4, 4..<10])
        #expect(bench.run.chunks.drained.inputBytes == 100)
    }

    /// A place says what no worker writes, and nobody is left who may hold it: its records are tried again at once,
    /// and fail when that has happened too often.
    @Test func damagedRecordsAreTriedAgainWhereNobodyIsLeftToWaitFor() throws {
        let bench = try SupervisorBench(retries: 1)
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        bench.work(until: 11)
        try bench.step(&source)
        #expect(!bench.supervisor.places.hasCondemned && bench.supervisor.places.sights.count == 1)
        #expect(bench.supervisor.board.statistics.damaged == 1 && source.drained.isEmpty)
        bench.work(until: 11)
        try bench.step(&source)
        #expect(source.drained.first?.failures.count == 10 && bench.supervisor.board.statistics.failed == 10)
        #expect(bench.supervisor.board.statistics.damaged == 2)
    }

    // MARK: Waiting for room

    private func parked(_ bench: SupervisorBench, at done: Int, _ source: inout ListedChunks) throws {
        try bench.step(&source)
        let chunk = try #require(bench.worker.claimNow())
        chunk.publish(done)
        let place = try #require(bench.supervisor.places.occupied.first)
        let report = bench.supervisor.places.look(at: place)
        let open = try #require(bench.supervisor.places.chunk(at: place))
        let published = bench.supervisor.published(of: open, report, bench.run)
        bench.supervisor.park(place, open, report, try #require(published), bench.run)
    }

    @Test func whoWaitsForRoomAndIsNoMoreGivesItsRecordsToOthers() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        try parked(bench, at: 3, &source)
        #expect(bench.supervisor.places.isParked(0) && bench.supervisor.places.occupied.isEmpty)
        // Nobody of this number lives.
        let isGranted = try bench.supervisor.grantRoom(bench.run, &source)
        #expect(!isGranted)
        #expect(bench.run.waiting.map(\.items) == [3..<10] && !bench.supervisor.places.isParked(0))
        #expect(bench.supervisor.places.hasFree)
    }

    @Test func theRecordThatADeadWorkerWaitedWithIsTriedAgain() throws {
        let bench = try SupervisorBench(retries: 1)
        var source = ListedChunks([bench.chunk(0)])
        try parked(bench, at: 3, &source)
        let another = bench.supervisor.settleParked(by: 1, .exited(7))
        #expect(!another, "another one")
        let settled = bench.supervisor.settleParked(by: 0, .exited(7))
        #expect(settled)
        #expect(bench.run.waiting.map(\.items) == [3..<4, 4..<10] && !bench.supervisor.places.isParked(0))
        #expect(bench.supervisor.board.statistics.retried == 1)
    }

    /// For an owner word that names nobody, and for a number that no worker has.
    @Test(arguments: [0, 1, 3] as [UInt64]) func aPlaceThatNamesNobodyWhoCouldWaitThereIsDamaged(state: UInt64) throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        let place = bench.supervisor.places.occupied[0]
        let open = try #require(bench.supervisor.places.chunk(at: place))
        let generation = bench.supervisor.places.look(at: place).generation
        let report = PlaceReport(generation: generation, owner: UInt64(generation) << 16 | state, done: 3)
        bench.supervisor.park(place, open, report, Published(done: 3, failures: ItemFailures()), bench.run)
        #expect(bench.supervisor.board.statistics.damaged == 1 && bench.supervisor.places.parked.isEmpty)
    }

    @Test func aFunctionsNextChunksAreAsLongAsItsLast() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        source.last = .end
        try bench.step(&source)
        bench.work()
        try bench.step(&source)
        var sizes = bench.supervisor.sizes
        #expect(bench.isOver && sizes.sizer(for: "f", target: .zero, gathers: false).next(remaining: 1000) == 4)
    }

    // MARK: Looking up

    @Test func progressIsToldAtOnceAndThenTenTimesASecond() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        var told: [RunProgress] = []
        bench.run.request.onProgress = { told.append($0) }
        func step() throws {
            try bench.step(&source)
            bench.run.tellProgress()
            bench.run.tellProgress()
        }
        try step()
        #expect(told.count == 1 && bench.run.nextLook > .earliest)
        let interval = bench.run.nextProgress - bench.run.nextLook
        #expect(interval == .milliseconds(90), "a look each 10 ms, and word each 100 ms")
        bench.run.nextLook = .earliest
        try step()
        #expect(told.count == 1)
        (bench.run.nextLook, bench.run.nextProgress) = (.earliest, .earliest)
        try step()
        #expect(told.count == 2 && told.last?.head == 0)
    }

    /// Whatever was drained is written, or given on, before anybody sleeps.
    @Test func theSourceIsToldWhenAllThatCouldBeDrainedHasBeen() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        bench.work()
        try bench.step(&source)
        #expect(source.drained.count == 1 && source.flushes == 2)
    }

    /// What ended us may have ended a worker too; what was drained before is given on all the same.
    @Test func whatWasDrainedBeforeASignalIsGivenOn() async {
        await #expect(processExitsWith: .success) {
            let bench = try SupervisorBench()
            var source = ListedChunks([bench.chunk(0), bench.chunk(10)])
            try bench.step(&source)
            let flushes = source.flushes
            bench.run.request.interruption = try Interruption([SIGINT])
            let chunks = Array(bench.run.chunks.all)
            chunks[0].finish(0..<10, ItemFailures())
            chunks[1].lose(0..<10, ItemFailures(0..<10, .exited(7), attempts: 1, naming: 1))
            raise(SIGINT)
            #expect(throws: Interrupted.self) { try bench.supervisor.drain(bench.run, &source) }
            #expect(source.drained.count == 1 && source.flushes == flushes + 1)
        }
    }

    // MARK: Places and workers that are lost

    /// Nobody lives who could hold it.
    @Test(arguments: [true, false]) func aPlaceThatNobodyHoldsIsTakenBackWhenItIsTimeToSearch(isDue: Bool) throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0), bench.chunk(10)])
        try bench.step(&source)
        _ = bench.worker.claimNow()
        bench.supervisor.watchdog = Watchdog(from: isDue ? .earliest : .now + .seconds(1))
        bench.supervisor.watch(slept: .zero, at: .now)
        #expect(bench.run.waiting.map(\.first) == (isDue ? [0] : []), "what is open waits for somebody")
        #expect(bench.supervisor.board.statistics.damaged == (isDue ? 1 : 0))
    }

    @Test func whatTheParentSleepsIsWaitedForThoseWhoDoNotClaim() throws {
        let bench = try SupervisorBench()
        bench.supervisor.watchdog = Watchdog(from: .now + .seconds(60))
        bench.supervisor.watch(slept: .seconds(5), at: .now)
        let open = Watchdog.Sight(
            place: 0, end: 10, limit: nil, report: PlaceReport(generation: 1, owner: 1 << 16 | 1, done: 0))
        #expect(bench.supervisor.watchdog.replaceStuck([open], Watchdog.Crew(living: [0])) == [.kill(worker: 0)])
    }

    @Test func theTimeLimitConcernsAPlaceThatNamesNobody() throws {
        let bench = try SupervisorBench(timeLimit: .seconds(1))
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        _ = bench.worker.claimNow()
        bench.supervisor.watchdog = Watchdog(from: .now + .seconds(1))
        for _ in 0..<2 {
            #expect(bench.run.waiting.isEmpty)
            bench.supervisor.watch(slept: .seconds(1), at: .now)
        }
        #expect(bench.run.waiting.map(\.first) == [0])
    }
}
