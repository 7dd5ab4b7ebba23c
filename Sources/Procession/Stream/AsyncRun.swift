import Dispatch
import ProcessionSegment
public import Synchronization

/// A stream that is being read asynchronously, between three parties: a task that reads records and lays them out, a
/// thread that runs the engine, and the task that takes the results.
///
/// The engine blocks, so it runs on a dispatch queue of its own and never on a thread of the cooperative pool. The other
/// two touch shared memory only, under a lock that is held for the length of a copy.
@usableFromInline
final class AsyncRun: Sendable {
    @usableFromInline let state: Mutex<AsyncRunState>
    private let pool: WorkerPool
    /// Where results are loaded from, which lie there as long as somebody has their chunk.
    let results: _SlotReader

    @usableFromInline
    init(_ shape: StreamShape, window: Int, in pool: WorkerPool) {
        self.pool = pool
        do throws(PoolError) {
            let call = try pool.call()
            results = call.memory.segments.resultReader
            let window = StreamWindow(shape, bytes: window, workers: pool.capacity, memory: call.memory)
            state = Mutex(AsyncRunState(window, pool.capacity, call))
        } catch {
            results = .empty
            state = Mutex(AsyncRunState(failed: error))
        }
    }

    /// Starts to read and to map.
    @usableFromInline
    func start<Function: WorkerFunction & Sendable>(
        _ function: Function, reading: @escaping @Sendable (AsyncRun) async throws -> Void
    ) {
        guard state.withLock({ $0.call != nil }) else { return }
        let reader = Task {
            do {
                try await reading(self)
                self.endReading(nil)
            } catch {
                self.endReading(error)
            }
        }
        state.withLock { $0.reader = reader }
        DispatchQueue(label: "procession.stream").async {
            self.end(self.runToEnd(function))
            self.pool.tidy()
        }
    }

    // MARK: The reading task

    /// Appends a record to the chunk that is being filled, when there is room for it.
    @inlinable
    func append(_ body: (inout ChunkInput) throws(PoolError) -> Void) async throws {
        while true {
            switch try appendNow(body) {
            case .appended: return
            // A sequence that never suspends must not keep its thread from the task that takes the results.
            case .completed: return await Task.yield()
            case .noRoom: await room()
            }
        }
    }

    @usableFromInline enum Appending { case appended, completed, noRoom }

    @inlinable
    func appendNow(_ body: (inout ChunkInput) throws(PoolError) -> Void) throws -> Appending {
        let (appending, wakes) = try state.withLock { state in
            if state.filling == nil {
                guard try state.beginFilling() else { return (Appending.noRoom, false) }
            }
            try body(&state.filling!)
            let isComplete = state.filling!.isComplete()
            if isComplete { state.endFilling() }
            return (isComplete ? .completed : .appended, state.takeWish())
        }
        if wakes { wakeEngine() }
        return appending
    }

    /// Waits until there may be room.
    @usableFromInline
    func room() async {
        await withCheckedContinuation { continuation in
            let isNow = state.withLock { state in
                if state.hasRoom { return true }
                state.readerWaits = continuation
                return false
            }
            if isNow { continuation.resume() }
        }
    }

    private func endReading(_ error: (any Error)?) {
        state.withLock { state in
            state.isAtEnd = true
            state.readError = error
        }
        wakeEngine()
    }

    // MARK: The engine's thread

    /// Returns why the run ended early, when nothing of it holds memory or the pool any more.
    private func runToEnd<Function: WorkerFunction>(_ function: Function) -> (any Error)? {
        do {
            let call = state.withLock { $0.call.take()! }
            try state.withLock { $0.window! }.check()
            let image = try FunctionImage(function, in: call.memory)
            let supervisor = try pool.borrow(for: .stream, call)
            defer { pool.giveBack() }
            state.withLock { $0.supervisor = supervisor }
            defer { state.withLock { $0.supervisor = nil } }
            var source = AsyncSource(run: self)
            try supervisor.run(&source, image)
            return state.withLock { $0.readError }
        } catch {
            return PoolError(ending: error)
        }
    }

    fileprivate func supply(limit: Int) throws -> Supply {
        let (supply, reader) = try state.withLock { try $0.supply(limit: limit) }
        reader?.resume()
        return supply
    }

    fileprivate func take(_ chunk: Chunk) {
        let taker = state.withLock { state in
            state.drain(chunk)
            return state.takerWaits.take()
        }
        taker?.resume()
    }

    @usableFromInline
    func wakeEngine() { state.withLock { $0.supervisor }?.wakeUp() }

    // MARK: The task that takes results

    /// The next chunk of results; nil at the end.
    func next() async throws -> ReadyChunk? {
        try await withTaskCancellationHandler {
            while true {
                let look = try state.withLock { try $0.look() }
                look.reader?.resume()
                if look.wakes { wakeEngine() }
                if look.isOver { return nil }
                if let chunk = look.chunk { return chunk }
                await withCheckedContinuation { continuation in
                    let isNow = state.withLock { state in
                        if state.hasNews { return true }
                        state.takerWaits = continuation
                        return false
                    }
                    if isNow { continuation.resume() }
                }
            }
        } onCancel: {
            end(CancellationError())
        }
    }

    /// Ends the run, for the first reason that is given.
    func end(_ error: (any Error)?) {
        let ended = state.withLock { $0.end(error) }
        ended.reader?.cancel()
        for waiting in ended.waiting { waiting.resume() }
        ended.supervisor?.wakeUp()
    }
}

/// The engine's view of a run whose records come from a task.
private struct AsyncSource: RecordSource {
    let run: AsyncRun

    var remaining: Int? { nil }
    var meter: Meter? { run.state.withLock { $0.window!.meter } }
    var overflowLimit: Int { run.state.withLock { $0.window!.overflowLimit } }
    func mayGrow(isHead: Bool) -> Bool { run.state.withLock { $0.mayGrow(isHead: isHead) } }
    func overflowEstimate(records: Int, inputBytes: Int) -> Int {
        run.state.withLock { $0.window!.overflowEstimate(records: records) }
    }

    func next(limit: Int) throws -> Supply { try run.supply(limit: limit) }
    func drain(_ chunk: Chunk) throws { run.take(chunk) }
    func flush() throws { try run.state.withLock { try $0.check() } }
}
