import Dispatch
import ProcessionSegment
public import Synchronization

/// A stream that is being read asynchronously, between three parties: a task that reads records and lays them out, a
/// thread that runs the engine, and the task that takes the results. What each does next, `HandOver` says.
///
/// The engine blocks, so it runs on a dispatch queue of its own and never on a thread of the cooperative pool. The
/// other two touch shared memory only, under a lock that is held for the length of a copy.
@usableFromInline
final class AsyncRun: Sendable {
    @usableFromInline let handOver: Mutex<HandOver>
    private let pool: WorkerPool
    /// Of the engine, and of tidying up when all is over.
    private let queue = DispatchQueue(label: "procession.stream")
    /// Where results are loaded from, which lie there as long as somebody has their chunk.
    let results: _SlotReader

    @usableFromInline
    init(_ shape: StreamShape, window: Int, in pool: WorkerPool) {
        self.pool = pool
        do throws(PoolError) {
            let call = try pool.call()
            results = call.memory.segments.resultReader.slots
            let window = StreamWindow(shape, bytes: window, workers: pool.core.capacity, memory: call.memory)
            handOver = Mutex(HandOver(window, workers: pool.core.capacity, call))
        } catch {
            results = .empty
            handOver = Mutex(HandOver(failed: error))
        }
    }

    /// Takes a step under the lock, and wakes whoever has to know of it.
    @inlinable
    func step<Result: Sendable, Failure>(
        _ body: (inout HandOver) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (result, wakes) = try handOver.withLock { (handOver) throws(Failure) in
            (try body(&handOver), handOver.takeWakes())
        }
        if !wakes.isEmpty { tell(wakes) }
        return result
    }

    @usableFromInline
    func tell(_ wakes: [Wake]) { for wake in wakes { wake() } }

    /// Starts to read and to map.
    @usableFromInline
    func start<Function: WorkerFunction & Sendable>(
        _ function: Function, reading: @escaping @Sendable (AsyncRun) async throws -> Void
    ) {
        if handOver.withLock({ $0.isOver }) { return }
        let reading = Task {
            do {
                try await reading(self)
                self.step { $0.endReading(nil) }
            } catch {
                self.step { $0.endReading(error) }
            }
        }
        step { $0.begin(reading) }
        queue.async {
            self.runToEnd(function)
            self.pool.tidy()
        }
    }

    /// Appends a record to the chunk that is being filled, when there is room for it.
    @inlinable
    func append(_ body: (inout ChunkInput) throws(PoolError) -> Void) async throws {
        while true {
            switch try appendNow(body) {
            case .appended: return
            // A sequence that never suspends must not keep its thread from the task that takes the results.
            case .completed: return await Task.yield()
            case .noRoom: await waitForRoom()
            case .over: throw CancellationError()
            }
        }
    }

    // Apart, because the compiler breaks down where the lock is taken in an asynchronous function (Swift 6.3), and in
    // release where this becomes a part of one.
    @inlinable @inline(never)
    func appendNow(_ body: (inout ChunkInput) throws(PoolError) -> Void) throws(PoolError) -> HandOver.Appending {
        try step { (handOver) throws(PoolError) in try handOver.append(body) }
    }

    @usableFromInline
    func waitForRoom() async { await wait { $0.park(reader: $1) } }

    /// The next chunk of results; nil at the end. Throws why the stream ends before its time.
    func next() async throws -> ReadyChunk? {
        try await withTaskCancellationHandler {
            while true {
                switch step({ $0.take() }) {
                case .chunk(let chunk): return chunk
                case .notYet: await wait { $0.park(taker: $1) }
                case .end(let error):
                    // Results that were not taken yet have kept memory when the engine came to its end.
                    if pool.core.isTrimming.load(ordering: .acquiring) { queue.async { self.pool.tidy() } }
                    if let error { throw error }
                    return nil
                }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Ends the run: nobody wants its results any more.
    func cancel() { step { $0.end(CancellationError()) } }

    /// Waits until somebody is woken whom `park` has let wait.
    private func wait(_ park: (inout HandOver, HandOver.Waiting) -> Bool) async {
        await withCheckedContinuation { continuation in
            if !step({ park(&$0, continuation) }) { continuation.resume() }
        }
    }

    /// The engine's thread, from its turn to the end of the run, when nothing of that holds memory or the pool any
    /// more.
    private func runToEnd<Function: WorkerFunction>(_ function: Function) {
        do {
            guard let (call, window) = step({ $0.takeCall() }) else { return }
            try window.check()
            let image = try call.image(of: function)
            let engine = try pool.core.borrow(for: .stream, call)
            defer { pool.core.giveBack(.stream) }
            var request = call.request
            request.onBegin = { [self] (run, _) in step { $0.beginMapping(engine, run: run) } }
            defer { step { $0.endMapping() } }
            var source = AsyncSource(run: self, meter: window.meter, overflowLimit: window.overflowLimit)
            try engine.run(&source, image, request)
        } catch {
            return step { $0.end(PoolError(ending: error)) }
        }
        step { $0.end($0.readError) }
    }
}

/// The engine's view of a run whose records come from a task.
private struct AsyncSource: RecordSource {
    let run: AsyncRun
    let meter: Meter?
    let overflowLimit: Int

    var remaining: Int? { nil }
    func mayGrow(isHead: Bool) -> Bool { run.step { $0.mayGrow(isHead: isHead) } }
    func overflowEstimate(records: Int, inputBytes: Int) -> Int {
        run.step { $0.overflowEstimate(records: records) }
    }

    func next(limit: Int) throws -> Supply {
        let (supply, wakes) = try run.handOver.withLock { (try $0.supply(limit: limit), $0.takeWakes()) }
        for wake in wakes { wake() }
        return supply
    }
    func drain(_ chunk: Chunk) throws { run.step { $0.deliver(chunk) } }
    func flush() throws { try run.handOver.withLock { try $0.check() } }
}
