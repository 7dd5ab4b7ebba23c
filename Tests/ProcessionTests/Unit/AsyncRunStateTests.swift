import Testing

@testable import Procession

/// What the parties of an asynchronous stream know of each other, without any of them.
@Suite struct AsyncRunStateTests {
    /// The first record after a pause is mapped at once, and the engine is left to sleep where it has asked for nothing.
    @Test func theEngineIsWokenByTheRecordThatItWaitsFor() throws {
        let pool = try WorkerPool(workers: 1)
        let call = try pool.call()
        let shape = StreamShape(Triple.self, hasKeys: false)
        var state = AsyncRunState(StreamWindow(shape, bytes: 1 << 20, workers: 1, memory: call.memory), 1, call)
        var wishes = [state.takeWish()]
        guard case .notNow = try state.supply(limit: 1).0 else {
            Issue.record("there is nothing to supply")
            return
        }
        for _ in 0..<2 { wishes.append(state.takeWish()) }
        #expect(wishes == [false, true, false])
    }

    @Test func aReaderWaitsWhileTheWindowIsFullAndNotBehindTheEnd() throws {
        let pool = try WorkerPool(workers: 1)
        let call = try pool.call()
        let shape = StreamShape(Triple.self, hasKeys: false)
        let window = StreamWindow(shape, bytes: 1, workers: 1, memory: call.memory)
        var state = AsyncRunState(window, 1, call)
        // One chunk finds room in any window.
        #expect(state.hasRoom)
        #expect(try state.beginFilling())
        state.endFilling()
        #expect(!state.hasRoom)
        #expect(try !state.beginFilling())
        _ = state.end(nil)
        #expect(state.hasRoom)
        #expect(throws: CancellationError.self) { try state.beginFilling() }
    }
}
