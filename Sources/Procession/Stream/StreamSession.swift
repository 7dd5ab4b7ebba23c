public import ProcessionSegment
import ProcessionSystem

/// A stream that is being read: a run that goes on while somebody takes its results, on the thread that takes them.
///
/// It uses the pool from its first step until the records are at their end, an error ends it, or it is dropped.
@usableFromInline
final class StreamSession {
    /// Appends records until the chunk is complete. False at the end of the records.
    @usableFromInline typealias Fill = (inout ChunkInput) throws(PoolError) -> Bool

    /// How far the stream is.
    private enum State {
        /// Nothing was asked for yet.
        case fresh
        case running(Running)
        /// What is ready is still to be taken; then comes the error, if there is one.
        case over(ReadyQueue<ReadyChunk>, PoolError?)
    }

    /// What there is as long as the run is on.
    private final class Running {
        let engine: Engine
        let call: WorkerPool.Call
        let run: Run
        var source: StreamSource

        init(_ engine: Engine, _ call: WorkerPool.Call, _ run: Run, _ source: StreamSource) {
            self.engine = engine
            self.call = call
            self.run = run
            self.source = source
        }
    }

    private let pool: WorkerPool
    private let image: (WorkerPool.Call) throws(PoolError) -> FunctionImage
    private let makeSource: (SharedMemory) -> StreamSource
    private var state = State.fresh
    /// Where results are loaded from, which lie there as long as somebody has their chunk.
    private var results = _SlotReader.empty
    private var current: ReadyChunk?

    @usableFromInline
    init<Function: WorkerFunction>(
        _ function: Function, _ shape: StreamShape, window: Int, in pool: WorkerPool, fill: @escaping Fill
    ) {
        self.pool = pool
        image = { (call) throws(PoolError) in try call.image(of: function) }
        makeSource = { [capacity = pool.core.capacity] memory in
            StreamSource(
                StreamWindow(shape, bytes: window, workers: capacity, memory: memory), workers: capacity, fill: fill)
        }
    }

    deinit {
        if case .fresh = state { return }
        if case .running(let running) = state {
            running.engine.abandon(running.run)
            pool.core.giveBack(.stream)
        }
        (current, state) = (nil, .fresh)
        pool.tidy()
    }

    /// Loads results that have so many overflow bytes.
    @usableFromInline
    func reader(of overflowBytes: Int) -> _SlotReader { results.allowing(overflowBytes) }

    /// What comes next; nil at the end. What was handed out before is given back.
    @usableFromInline
    func next() throws(PoolError) -> StreamPiece? {
        while true {
            if let piece = current?.next() { return piece }
            current = nil
            // A step at every chunk keeps the workers busy while the results of others are looked at.
            advance()
            current = try takeReady()
            if current == nil { return nil }
        }
    }

    /// The next chunk of results, nil behind the last. Throws, once, why the stream has ended early.
    private func takeReady() throws(PoolError) -> ReadyChunk? {
        switch state {
        case .fresh: return nil
        case .running(let running): return running.source.ready.popFirst()
        case .over(var ready, let error):
            state = .fresh
            let chunk = ready.popFirst()
            state = .over(ready, chunk == nil ? nil : error)
            if chunk == nil, let error { throw error }
            return chunk
        }
    }

    /// One step when there are results to be taken; as many as it needs to have some when there are not.
    private func advance() {
        if case .fresh = state { begin() }
        guard case .running(let running) = state else { return }
        do {
            while true {
                // To read on would hold up what is ready.
                if running.source.isLate, !running.source.ready.isEmpty { return }
                try read(running)
                switch try running.engine.step(running.run, &running.source) {
                case .over: return end(running, nil)
                case .moved: if !running.source.ready.isEmpty { return }
                case .stalled:
                    if !running.source.ready.isEmpty { return }
                    if running.source.mayRead { continue }
                    try running.engine.wait(running.run)
                }
            }
        } catch {
            // The run has ended with what was thrown.
            end(running, PoolError(ending: error))
        }
    }

    private func read(_ running: Running) throws {
        do {
            try running.source.read()
        } catch {
            running.engine.end(running.run, with: error)
            throw error
        }
    }

    private func begin() {
        do {
            let call = try pool.call()
            results = call.memory.segments.resultReader.slots
            var source = makeSource(call.memory)
            try source.window.check()
            let image = try image(call)
            let engine = try pool.core.borrow(for: .stream, call)
            do {
                let run = try engine.begin(image, &source, call.request)
                state = .running(Running(engine, call, run, source))
            } catch {
                pool.core.giveBack(.stream)
                throw error
            }
        } catch {
            state = .over(ReadyQueue(), PoolError(ending: error))
        }
    }

    private func end(_ running: Running, _ error: PoolError?) {
        state = .over(running.source.ready, error)
        pool.core.giveBack(.stream)
    }
}

/// Records that are taken out of a sequence when there is room for them, and results that wait to be taken.
struct StreamSource: RecordSource {
    private(set) var window: StreamWindow
    private let fill: StreamSession.Fill
    private var isAtEnd = false
    /// Records come slowly: what is finished should not wait for the next of them.
    private(set) var isLate = false
    /// Records that were read since the last step, for this one; and how many at a time it would like to have.
    private var inputs: [ChunkInput] = []
    private var limit = 1
    /// What the chunks in `inputs` are still going to take.
    private var promised = 0
    /// The last step wanted more than there were.
    private var isWanting = true
    /// Chunks that are read ahead of the steps, at most.
    private let mostAhead: Int
    var ready = ReadyQueue<ReadyChunk>()

    init(_ window: StreamWindow, workers: Int, fill: @escaping StreamSession.Fill) {
        self.window = window
        mostAhead = 8 * workers
        self.fill = fill
    }

    var remaining: Int? { nil }
    var meter: Meter? { window.meter }
    var overflowLimit: Int { window.overflowLimit }
    func mayGrow(isHead: Bool) -> Bool { !window.isFull || isHead && ready.isEmpty }
    func overflowEstimate(records: Int, inputBytes: Int) -> Int { window.overflowEstimate(records: records) }

    /// Reads what the next step may want, without the engine's lock: the sequence of records may take long, or use the
    /// pool.
    mutating func read() throws(PoolError) {
        isLate = false
        guard isWanting else { return }
        isWanting = false
        // Not for long, so that the caller comes back to what workers have finished.
        let begun = Instant.now
        repeat {
            guard !isAtEnd, var input = try window.room(limit: limit, promised: promised) else { return }
            isAtEnd = try !fill(&input)
            isLate = input.isLate
            if input.count == 0 { return }
            promised += window.promise(records: input.count)
            inputs.append(input)
        } while !isLate && inputs.count < mostAhead && .now - begun < ChunkInput.patience
    }

    /// Whether it is worth another try before anybody sleeps.
    var mayRead: Bool { isWanting && !isAtEnd && window.allowance(limit: limit, promised: promised) != nil }

    mutating func next(limit: Int) throws -> Supply {
        self.limit = limit
        isWanting = inputs.isEmpty
        if isWanting { return isAtEnd ? .end : .notNow(nil) }
        let input = inputs.removeFirst()
        promised = inputs.isEmpty ? 0 : promised - window.promise(records: input.count)
        return .chunk(try window.chunk(input))
    }

    mutating func drain(_ chunk: Chunk) throws { ready.append(window.results(of: chunk)) }

    mutating func flush() {}
}
