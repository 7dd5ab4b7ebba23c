import Testing

@testable import Procession

/// What the parties of an asynchronous stream know of each other, without any of them.
@Suite struct AsyncRunStateTests {
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
