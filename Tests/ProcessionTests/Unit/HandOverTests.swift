import ProcessionSystem
import Testing

@testable import Procession

/// A pool, and what the parties of an asynchronous stream of it hand to one another.
struct HandOverBench {
    let pool: WorkerPool
    private let call: WorkerPool.Call

    init() throws {
        pool = try WorkerPool(workers: 1)
        call = try pool.call()
    }

    func handOver(window bytes: Int) -> HandOver {
        let shape = StreamShape(Triple.self, hasKeys: false)
        return HandOver(
            StreamWindow(shape, bytes: bytes, workers: 1, memory: call.memory), workers: 1, call)
    }
}

/// What the parties of an asynchronous stream hand to one another, without any of them: no record is mapped here.
@Suite struct HandOverTests {
    private let bench: HandOverBench

    init() throws { bench = try HandOverBench() }

    /// A stream whose run has begun.
    private func running(window bytes: Int = 1 << 20) throws -> HandOver {
        var handOver = bench.handOver(window: bytes)
        _ = handOver.takeCall()
        handOver.beginMapping(try #require(bench.pool.core.gate.when({ _ in true }) { $0.engine }), run: 1)
        return handOver
    }

    private func append(_ value: Int, to handOver: inout HandOver) throws -> HandOver.Appending {
        try handOver.append { (input) throws(PoolError) in try input.append(value) }
    }

    private func wakesEngine(_ handOver: inout HandOver) -> Bool {
        handOver.takeWakes().contains { if case .engine = $0.party { true } else { false } }
    }

    private func chunk(_ supply: Supply) -> Chunk? { if case .chunk(let chunk, _) = supply { chunk } else { nil } }

    @Test func theReaderWaitsWhileTheWindowIsFullAndNotBehindTheEnd() throws {
        var handOver = try running(window: 1)
        // One chunk finds room in any window.
        #expect(try append(1, to: &handOver) == .completed)
        #expect(!handOver.hasRoom)
        #expect(try append(2, to: &handOver) == .noRoom)
        handOver.end(nil)
        #expect(handOver.hasRoom)
        #expect(try append(2, to: &handOver) == .over)
    }

    @Test func anEngineThatWasRefusedRoomHearsWhenThereIsSome() throws {
        var handOver = try running(window: 1)
        _ = try append(1, to: &handOver)
        handOver.deliver(try #require(chunk(try handOver.supply(limit: 1))))
        // Nobody was refused any, so nobody hears of it.
        #expect(wakesEngine(&handOver) == false)
        // What is ready fills the window, also for the oldest chunk.
        #expect(handOver.mayGrow(isHead: true) == false)
        guard case .chunk = handOver.take() else { Issue.record("another answer"); return }
        #expect(wakesEngine(&handOver) == true)
        #expect(handOver.mayGrow(isHead: true) == true)
        _ = handOver.take()
        #expect(wakesEngine(&handOver) == false)
    }

    @Test func anEngineThatSleepsForInputIsWokenByTheFirstRecordAndNoOther() throws {
        var handOver = try running()
        #expect(try append(1, to: &handOver) != .over)
        #expect(wakesEngine(&handOver) == false)
        _ = try handOver.supply(limit: 100)
        guard case .notNow(nil) = try handOver.supply(limit: 100) else { Issue.record("another answer"); return }
        #expect(try append(2, to: &handOver) == .appended)
        #expect(wakesEngine(&handOver) == true)
        #expect(try append(3, to: &handOver) == .appended)
        #expect(wakesEngine(&handOver) == false)
    }

    @Test func workersThatMayBeIdleGetAChunkThatIsNotComplete() throws {
        var handOver = try running()
        guard case .notNow(nil) = try handOver.supply(limit: 100) else { Issue.record("another answer"); return }
        for value in 0..<5 { #expect(try append(value, to: &handOver) == .appended) }
        #expect(chunk(try handOver.supply(limit: 100))?.items.count == 5)
        // Nobody is idle while two chunks per worker are out.
        #expect(try append(5, to: &handOver) == .appended)
        #expect(chunk(try handOver.supply(limit: 100))?.items.count == 1)
        #expect(try append(6, to: &handOver) == .appended)
        #expect(chunk(try handOver.supply(limit: 100)) == nil)
        // Behind the end of the records, there is nothing to wait for.
        handOver.endReading(nil)
        #expect(wakesEngine(&handOver) == true)
        #expect(chunk(try handOver.supply(limit: 100))?.first == 6)
        guard case .end = try handOver.supply(limit: 100) else { Issue.record("another answer"); return }
    }

    @Test func whatIsReadyIsTakenBeforeTheErrorAndThatOnce() throws {
        var handOver = try running()
        _ = try append(1, to: &handOver)
        handOver.deliver(try #require(chunk(try handOver.supply(limit: 1))))
        handOver.end(PoolError(.outOfMemory, "the first reason"))
        handOver.end(PoolError(.system, "another"))
        guard case .chunk = handOver.take() else { Issue.record("another answer"); return }
        guard case .end(let error as PoolError) = handOver.take() else { Issue.record("another answer"); return }
        #expect(error.code == .outOfMemory)
        guard case .end(nil) = handOver.take() else { Issue.record("another answer"); return }
    }

    @Test func whoCancelsWantsNothingThatIsReady() throws {
        var handOver = try running()
        _ = try append(1, to: &handOver)
        _ = try append(2, to: &handOver)
        let delivered = try #require(chunk(try handOver.supply(limit: 1)))
        handOver.deliver(delivered)
        handOver.end(CancellationError())
        #expect(wakesEngine(&handOver) == true)
        guard case .end(is CancellationError) = handOver.take() else { Issue.record("another answer"); return }
        // What comes afterwards is let go.
        handOver.deliver(delivered)
        guard case .end(nil) = handOver.take() else { Issue.record("another answer"); return }
        #expect(throws: CancellationError.self) { try handOver.check() }
        guard case .notNow(nil) = try handOver.supply(limit: 1) else { Issue.record("another answer"); return }
    }

    @Test func whoWaitsIsWokenByWhatItWaitsFor() async throws {
        var handOver = try running(window: 1)
        _ = try append(1, to: &handOver)
        let first = try #require(chunk(try handOver.supply(limit: 1)))
        _ = handOver.takeWakes()
        await withCheckedContinuation { taker in
            #expect(handOver.park(taker: taker) == true)
            handOver.deliver(first)
            for wake in handOver.takeWakes() { wake() }
        }
        guard case .chunk = handOver.take() else { Issue.record("another answer"); return }
        await withCheckedContinuation { reader in
            if !handOver.park(reader: reader) { return reader.resume() }
            handOver.end(nil)
            for wake in handOver.takeWakes() { wake() }
        }
        #expect(try append(2, to: &handOver) == .over)
    }

    @Test func aChunkThatMayNotGrowIsToldWhenItMay() throws {
        var handOver = try running(window: 1)
        _ = try append(1, to: &handOver)
        let first = try #require(chunk(try handOver.supply(limit: 1)))
        #expect(handOver.mayGrow(isHead: false) == false)
        #expect(handOver.mayGrow(isHead: true) == true)
        handOver.deliver(first)
        #expect(handOver.mayGrow(isHead: true) == false, "somebody has results to take, which makes room")
        _ = handOver.takeWakes()
        _ = handOver.take()
        #expect(wakesEngine(&handOver) == true)
    }

    @Test func aStreamThatIsOverBeforeItsEngineBeginsNeedsNone() throws {
        var handOver = bench.handOver(window: 1)
        handOver.end(CancellationError())
        let begins = handOver.takeCall() != nil
        #expect(!begins)
        var failed = HandOver(failed: PoolError(.shutDown, "shut down"))
        guard case .end(let error?) = failed.take() else { Issue.record("another answer"); return }
        #expect(error is PoolError)
    }

    /// Why the records end early is said by the engine, when it has mapped those before.
    @Test func theReadersErrorWaitsForTheEngine() throws {
        var handOver = try running()
        struct Broken: Error {}
        handOver.endReading(Broken())
        guard case .notYet = handOver.take() else { Issue.record("another answer"); return }
        #expect(handOver.readError is Broken)
        handOver.end(handOver.readError)
        guard case .end(is Broken) = handOver.take() else { Issue.record("another answer"); return }
    }
}
