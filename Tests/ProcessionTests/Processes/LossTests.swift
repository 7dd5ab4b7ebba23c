import CProcessionShims
import Glibc
import ProcessionSegment
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

@testable import Procession

/// What the parent does when workers have died. They are processes that end at once; this one has claimed for them.
@Suite struct LossTests {
    private func bury(_ bench: SupervisorBench) throws {
        try bench.fillSeats()
        try bench.supervisor.buryDead()
    }

    // MARK: What they had

    @Test func aDeathCostsNothingThatWasLeftBefore() throws {
        let bench = try SupervisorBench(retries: 0)
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        bench.work(until: 4, wanted: 100)
        try bury(bench)
        #expect(bench.run.waiting.map(\.items) == [4..<10])
    }

    @Test func theRecordsOfADamagedPlaceAreTriedAgain() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        try #require(bench.worker.claimNow()).publish(11)
        try bury(bench)
        #expect(bench.run.waiting.map(\.items) == [0..<10] && bench.supervisor.board.statistics.damaged == 1)
    }

    /// It was killed for the sake of a run that nobody wants any more, when it had gone on to another one.
    @Test func whoIsKilledForOneRunCostsNoRecordOfAnother() throws {
        let bench = try SupervisorBench(retries: 0)
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        let claimed = try #require(bench.worker.claimNow())
        claimed.publish(3)
        bench.supervisor.dismissed[0] = bench.run.number + 1
        try bury(bench)
        #expect(bench.run.waiting.map(\.items) == [3..<10] && bench.supervisor.board.statistics.retried == 0)
        #expect(bench.run.chunks.all.allSatisfy { $0.failures.isEmpty } && bench.supervisor.dismissed.isEmpty)
    }

    @Test func whoIsKilledWithoutARecordForTheSakeOfARunIsNoIdleDeath() throws {
        let bench = try SupervisorBench(workers: 1)
        for _ in 0..<9 {
            bench.supervisor.dismissed[0] = 7
            try bury(bench)
        }
    }

    // MARK: How many may die

    @Test func whoDiesOverNoRecordIsReplacedTwiceForEachSeat() throws {
        let bench = try SupervisorBench(workers: 1)
        for _ in 0..<2 { try bury(bench) }
        let error = #expect(throws: PoolError.self) { try bury(bench) }
        #expect(error?.code == .workersDie)
    }

    @Test func whoDiesOverRecordsIsReplacedHoweverOften() throws {
        let bench = try SupervisorBench(workers: 1, retries: 0)
        var source = ListedChunks([bench.chunk(0)])
        for _ in 0..<5 {
            try bench.refill(&source)
            _ = try #require(bench.worker.claimNow())
            try bury(bench)
        }
        #expect(bench.run.waiting.map(\.items) == [5..<10])
    }

    // MARK: Who takes their seats

    @Test func aRunBeginsWithAWorkerInEverySeat() throws {
        let bench = try SupervisorBench(workers: 2)
        #expect(bench.supervisor.roster.living == 0)
        var source = ListedChunks([])
        _ = try bench.engine.begin(try FunctionImage(Triple(), in: bench.engine.memory), &source, RunRequest())
        #expect(bench.supervisor.roster.living == 2)
    }

    @Test func theNextOneHasALineThatSaysNothing() throws {
        let bench = try SupervisorBench()
        #expect(bench.supervisor.segments.isAttached(worker: 0))
        bench.supervisor.roster.fill()
        #expect(!bench.supervisor.segments.isAttached(worker: 0))
    }

    /// Anybody may be at a place whose owner word names nobody, when a run is given up.
    @Test func allAreReplacedWhereAPlaceIsHeldByNobody() throws {
        let bench = try SupervisorBench()
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        _ = bench.worker.claimNow()
        try bench.fillSeats()
        let before = bench.supervisor.roster.processIDs
        let segments = bench.supervisor.segments
        let result = try Mapping(segments.descriptors[1], bytes: segments.layout.resultBytes, writable: true)
        let owner =
            segments.layout.placesOffset + bench.supervisor.places.occupied[0] * SegmentLayout.line
            + MemoryLayout<procession_place>.offset(of: \.owner)!
        // Sound: a word of the place's line, which lies in the mapping.
        unsafe result.base.storeBytes(of: 1 << 16 | 9, toByteOffset: owner, as: UInt64.self)
        bench.engine.abandon(bench.run)
        #expect(bench.supervisor.places.occupied.isEmpty && bench.supervisor.roster.living == 1)
        #expect(bench.supervisor.roster.processIDs != before)
    }

    /// A worker that sleeps, of which its line says that it is awake.
    @Test func whoSleepsUnseenIsWokenWhenItIsTimeToSearch() throws {
        let bench = try SupervisorBench()
        let hasClaimed = Atomic(false)
        let sleeper = OtherThread { [worker = Held(bench.worker)] in
            hasClaimed.store(worker.value.claim() != nil, ordering: .relaxed)
        }
        let segments = bench.supervisor.segments
        while !segments.isAsleep(worker: 0) { usleep(1000) }
        usleep(20_000)
        segments.resetLine(ofWorker: 0)
        var source = ListedChunks([bench.chunk(0)])
        try bench.step(&source)
        bench.supervisor.watch(slept: .zero, at: .now)
        let deadline = Instant.now + .seconds(5)
        while !hasClaimed.load(ordering: .relaxed), Instant.now < deadline { usleep(1000) }
        let wasWoken = hasClaimed.load(ordering: .relaxed)
        segments.stopWorkers()
        sleeper.join()
        #expect(wasWoken)
    }

    // MARK: Others

    /// In a process of its own, whose children are no other test's.
    @Test func otherChildrenAreBuriedWhereNobodyElseWaitsForThem() async {
        await #expect(processExitsWith: .success) {
            for buries in [true, false] {
                let bench = try SupervisorBench(buriesStrangers: buries)
                let stranger = try ChildProcess.spawn(SpawnRequest(path: "/bin/true", arguments: ["true"]))
                var items = [PollItem(descriptor: stranger.handle.number, wants: .read)]
                try poll(&items, timeout: .seconds(60))
                try bench.fillSeats()
                try bench.supervisor.buryDead()
                #expect(try stranger.reap() == (buries ? .statusLost : .exited(0)))
            }
        }
    }

    /// Both come of one cause, where a signal has gone to the workers too.
    @Test func aFailureIsNotHandedOnBehindASignal() async {
        await #expect(processExitsWith: .success) {
            let bench = try SupervisorBench(retries: 0)
            var source = ListedChunks([bench.chunk(0), bench.chunk(10)])
            try bench.step(&source)
            bench.work()
            bench.work(until: 11)
            bench.run.request.interruption = try Interruption([SIGUSR1])
            raise(SIGUSR1)
            #expect(throws: Interrupted.self) { try bench.step(&source) }
            #expect(source.drained.map(\.first) == [0])
        }
    }
}
