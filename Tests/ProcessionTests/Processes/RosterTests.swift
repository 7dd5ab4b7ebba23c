import Glibc
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

@testable import Procession

/// Takes its time when its worker is told to leave, and then says that something was wrong.
struct Farewell: _ChunkFunction {
    var time: Duration

    private final class Memory: WorkerLocal {
        let time: Duration
        init(_ time: Duration) { self.time = time }
        func finish() -> LastWord {
            usleep(UInt32(time.nanoseconds / 1000))
            return .failed
        }
    }

    static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker) {
        worker.local = Memory(chunk.input.load(at: chunk.stateOffset.bytes, as: Self.self).time)
        chunk.publish(chunk.end)
    }
}

/// How workers are sent home.
@Suite(.serialized) struct RosterTests {
    /// An engine whose one worker has had a record, and sleeps.
    private static func engine(dismisses: Bool = true, _ farewell: Duration) throws -> Engine {
        var options = Engine.Options(workers: 1)
        options.dismissesWorkers = dismisses
        let engine = try Engine(options)
        let (input, slots) = (engine.memory.allocateInput(8), engine.memory.allocateResult(8))
        let storage: [any AnyExtent] = [try #require(input), try #require(slots)]
        var source = ListedChunks([
            Chunk(
                first: 0, items: 0..<1, keyOffset: nil, input: 0..<0, slotOffset: slots!.range.lowerBound,
                storage: storage)
        ])
        source.last = .end
        try engine.run(&source, FunctionImage(Farewell(time: farewell), in: engine.memory))
        while !engine.memory.segments.isAsleep(worker: 0) { usleep(1000) }
        return engine
    }

    private static func time(_ body: () throws -> Void) rethrows -> Duration {
        let start = Instant.now
        try body()
        return .now - start
    }

    @Test func whatAWorkerHasToSayIsWaitedFor() throws {
        #expect(try Self.engine(.milliseconds(300)).hearLastWords(unless: nil) == .failed)
        #expect(try Self.engine(dismisses: false, .milliseconds(300)).hearLastWords(unless: nil) == .fine)
    }

    @Test(arguments: [true, false]) func whoDoesNotLeaveInTimeIsEnded(dismisses: Bool) throws {
        let engine = try Self.engine(dismisses: dismisses, .seconds(30))
        let worker = try #require(engine.board.processIDs.first)
        let taken = Self.time { engine.shutDown() }
        #expect(
            (dismisses ? .seconds(1)...Duration.seconds(15) : .zero...Duration.seconds(1)).contains(taken), "\(taken)")
        #expect(engine.livingWorkers == 0 && kill(worker, 0) == -1 && errno == ESRCH)
    }

    /// It is not told, because it does not wake.
    @Test func aSleeperThatDoesNotHearIsNotWaitedForLong() throws {
        let engine = try Self.engine(.zero)
        kill(try #require(engine.board.processIDs.first), SIGSTOP)
        let taken = Self.time { _ = engine.hearLastWords(unless: nil) }
        #expect((.seconds(1)...Duration.seconds(10)).contains(taken), "\(taken)")
    }

    /// In a process of its own, because a signal is for a whole process.
    @Test func whoIsInterruptedWaitsForNobody() async {
        await #expect(processExitsWith: .success) {
            let interruption = try Interruption([SIGUSR1])
            let engine = try Self.engine(.seconds(30))
            raise(SIGUSR1)
            let taken = Self.time { _ = engine.hearLastWords(unless: interruption) }
            #expect(taken < .seconds(5), "\(taken)")
        }
    }
}
