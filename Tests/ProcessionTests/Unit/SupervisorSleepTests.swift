import Glibc
import ProcessionSegment
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

@testable import Procession

/// How the parent sleeps, and what wakes it.
@Suite struct SupervisorSleepTests {
    private let bench: SupervisorBench

    init() throws { bench = try SupervisorBench() }

    private func open(_ count: Int = 1) throws {
        var source = ListedChunks((0..<count).map { bench.chunk($0 * 10) })
        try bench.step(&source)
        bench.run.awaitedInput = nil
    }

    /// A worker that is no more and has no successor would end every sleep.
    @Test func thoseWhoAreWatchedAreThoseThereAre() throws {
        let here = bench.supervisor.roster.pollItems
        bench.supervisor.watched = here + here
        bench.supervisor.watchedSpawns = bench.supervisor.roster.spawned
        var watch = bench.supervisor.beginWatch(bench.run, for: .zero)
        #expect(watch.items.count == here.count)
        try bench.supervisor.hear(&watch, bench.run)
    }

    @Test func whatWasLeftBeforeIsTakenWithoutASleep() throws {
        try open()
        bench.work()
        let start = Instant.now
        try bench.sleep()
        #expect(bench.run.chunks.head?.isPublished == true && Instant.now - start < .milliseconds(90))
    }

    /// A ring that never came costs a moment, and is counted, because it must not happen.
    @Test(arguments: [true, false]) func whoHasLeftWithoutARingIsFoundAndCounted(rings: Bool) throws {
        try open()
        let chunk = try #require(bench.worker.claimNow())
        chunk.publish(10)
        let isAsked = Atomic(false)
        let worker = OtherThread { [chunk = Held(chunk), roster = Held(bench.supervisor.roster)] in
            usleep(30_000)
            isAsked.store(chunk.value.leave(after: .nanoseconds(1)), ordering: .relaxed)
            if rings { roster.value.bell.signalAtOnce() }
        }
        try bench.sleep()
        worker.join()
        let wasAsked = isAsked.load(ordering: .relaxed)
        #expect(wasAsked, "the parent wants to be woken")
        #expect(bench.run.isRung == rings)
        #expect(bench.supervisor.board.statistics.rescues == (rings ? 0 : 1))
        var source = ListedChunks([])
        try bench.step(&source)
        #expect(source.drained.count == 1)
    }

    /// As when a worker is stopped between its last word and the bell. On a busy machine the ring may be later than
    /// that.
    @Test func aRingThatComesALittleLateIsNone() throws {
        let tries = (0..<20).lazy.map { _ in
            Result {
                let bench = try SupervisorBench()
                var source = ListedChunks([bench.chunk(0)])
                try bench.step(&source)
                bench.run.awaitedInput = nil
                let chunk = try #require(bench.worker.claimNow())
                chunk.publish(10)
                let worker = OtherThread { [chunk = Held(chunk), roster = Held(bench.supervisor.roster)] in
                    usleep(80_000)
                    _ = chunk.value.leave(after: .nanoseconds(1))
                    usleep(60_000)
                    roster.value.bell.signalAtOnce()
                }
                let start = Instant.now
                try bench.sleep()
                let slept = Instant.now - start
                worker.join()
                return bench.supervisor.board.statistics.rescues == 0 && slept > .milliseconds(105)
            }
        }
        #expect(try tries.contains { try $0.get() })
    }

    @Test func theParentSleepsNoLongerThanATickAndIsWokenByInput() throws {
        try open()
        let start = Instant.now
        try bench.sleep()
        let slept = Instant.now - start
        #expect(slept >= .milliseconds(99) && bench.supervisor.board.statistics.rescues == 0 && !bench.run.isRung)
        let input = try EventCounter()
        input.signalAtOnce()
        bench.run.awaitedInput = input.descriptor.number
        let second = Instant.now
        try bench.sleep()
        #expect(Instant.now - second < .milliseconds(90))
    }
}
