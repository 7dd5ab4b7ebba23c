import Glibc
import ProcessionSegment
import ProcessionSystem
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

    @Test func whatWasLeftBeforeIsTakenWithoutASleep() throws {
        try open()
        bench.work()
        let start = Instant.now
        try bench.supervisor.sleep(&bench.run)
        #expect(bench.run.chunks.head?.isPublished == true && Instant.now - start < .milliseconds(90))
    }

    /// A ring that never came costs a moment, and is counted, because it must not happen.
    @Test(arguments: [true, false]) func whoHasLeftWithoutARingIsFoundAndCounted(rings: Bool) throws {
        try open()
        let chunk = try #require(bench.worker.claimNow())
        chunk.publish(10)
        let worker = OtherThread { [chunk = Held(chunk), roster = Held(bench.supervisor.roster)] in
            usleep(30_000)
            _ = chunk.value.leave(after: .nanoseconds(1))
            if rings { roster.value.bell.signalAtOnce() }
        }
        try bench.supervisor.sleep(&bench.run)
        worker.join()
        #expect(bench.run.isRung == rings)
        #expect(bench.supervisor.board.statistics.rescues == (rings ? 0 : 1))
        var source = ListedChunks([])
        try bench.step(&source)
        #expect(source.drained.count == 1)
    }

    @Test func theParentSleepsNoLongerThanATickAndIsWokenByInput() throws {
        try open()
        let start = Instant.now
        try bench.supervisor.sleep(&bench.run)
        let slept = Instant.now - start
        #expect(slept >= .milliseconds(99) && bench.supervisor.board.statistics.rescues == 0 && !bench.run.isRung)
        let input = try EventCounter()
        input.signalAtOnce()
        bench.run.awaitedInput = input.descriptor.number
        let second = Instant.now
        try bench.supervisor.sleep(&bench.run)
        #expect(Instant.now - second < .milliseconds(90))
    }
}
