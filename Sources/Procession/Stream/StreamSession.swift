public import ProcessionSegment
import ProcessionSystem

/// A stream that is being read: a run that goes on while somebody takes its results, on the thread that takes them.
///
/// It has the pool from its first step until the records are at their end, an error ends it, or it is dropped.
@usableFromInline
final class StreamSession {
    /// Appends records until the chunk is complete. False at the end of the records.
    @usableFromInline typealias Fill = (inout ChunkInput) throws(PoolError) -> Bool

    /// How far the stream is.
    private enum State {
        /// Nothing was asked for yet.
        case fresh
        /// The pool is ours.
        case running(Running)
        /// The pool is somebody else's again. What is ready is still to be taken; then comes the error, if there is
        /// one.
        case over(ReadyQueue<ReadyChunk>, PoolError?)
    }

    /// What there is as long as the pool is ours.
    private final class Running {
        let engine: Engine
        let call: WorkerPool.Call
        var run: Run
        var source: StreamSource

        init(_ engine: Engine, _ call: WorkerPool.Call, _ run: consuming Run, _ source: StreamSource) {
            self.engine = engine
            self.call = call
            self.run = run
            self.source = source
        }
    }

    private let pool: WorkerPool
    private let image: (SharedMemory) throws(PoolError) -> FunctionImage
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
        image = { (memory) throws(PoolError) in try FunctionImage(function, in: memory) }
        makeSource = { [capacity = pool.capacity] memory in
            StreamSource(StreamWindow(shape, bytes: window, workers: capacity, memory: memory), fill: fill)
        }
    }

    deinit {
        if case .fresh = state { return }
        if case .running(let running) = state {
            running.engine.abandon(&running.run)
            pool.giveBack()
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
                switch try running.engine.step(&running.run, &running.source) {
                case .over: return end(running, nil)
                case .moved: if !running.source.ready.isEmpty { return }
                case .stalled:
                    if !running.source.ready.isEmpty { return }
                    try running.engine.wait(&running.run)
                }
            }
        } catch {
            // The run was abandoned by the step that threw.
            end(running, PoolError(ending: error))
        }
    }

    private func begin() {
        do {
            let call = try pool.call()
            results = call.memory.segments.resultReader.slots
            let source = makeSource(call.memory)
            try source.window.check()
            let image = try image(call.memory)
            let engine = try pool.borrow(for: .stream, call)
            do {
                let run = try engine.begin(image, target: source.chunkTarget)
                state = .running(Running(engine, call, run, source))
            } catch {
                pool.giveBack()
                throw error
            }
        } catch {
            state = .over(ReadyQueue(), PoolError(ending: error))
        }
    }

    private func end(_ running: Running, _ error: PoolError?) {
        state = .over(running.source.ready, error)
        pool.giveBack()
    }
}

/// Records that are taken out of a sequence when there is room for them, and results that wait to be taken.
struct StreamSource: RecordSource {
    private(set) var window: StreamWindow
    private let fill: StreamSession.Fill
    private var isAtEnd = false
    /// Records come slowly: what is finished should not wait for the next of them.
    private(set) var isLate = false
    /// When the step began to read.
    private var begun: Instant?
    var ready = ReadyQueue<ReadyChunk>()

    init(_ window: StreamWindow, fill: @escaping StreamSession.Fill) {
        self.window = window
        self.fill = fill
    }

    var remaining: Int? { nil }
    var meter: Meter? { window.meter }
    var overflowLimit: Int { window.overflowLimit }
    func mayGrow(isHead: Bool) -> Bool { !window.isFull || isHead && ready.isEmpty }
    func overflowEstimate(records: Int, inputBytes: Int) -> Int { window.overflowEstimate(records: records) }

    mutating func next(limit: Int) throws -> Supply {
        if isAtEnd { return .end }
        // A step does not read for long, so that it comes back to what workers have finished.
        let begun = begun ?? .now
        self.begun = begun
        guard !isLate, .now - begun < ChunkInput.patience else { return .notNow(nil) }
        guard var input = try window.room(limit: limit) else { return .notNow(nil) }
        isAtEnd = try !fill(&input)
        isLate = input.isLate
        return input.count == 0 ? .end : .chunk(try window.chunk(input))
    }

    mutating func drain(_ chunk: Chunk) throws { ready.append(window.results(of: chunk)) }

    mutating func flush() {
        begun = nil
        isLate = false
    }
}
