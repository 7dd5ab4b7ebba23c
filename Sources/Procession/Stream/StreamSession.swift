public import ProcessionSegment
import ProcessionSystem

/// A stream that is being read: a run that goes on while somebody takes its results, on the thread that takes them.
///
/// It has the pool from its first step until the records are at their end, an error ends it, or it is dropped.
@usableFromInline
final class StreamSession {
    /// Appends records until the chunk is complete. False at the end of the records.
    @usableFromInline typealias Fill = (inout ChunkInput) throws(PoolError) -> Bool

    private let pool: WorkerPool
    private let image: (SharedMemory) throws(PoolError) -> FunctionImage
    private let makeSource: (SharedMemory) -> StreamSource
    /// From the first step on.
    private var source: StreamSource?
    /// Until the run ends.
    private var call: WorkerPool.Call?
    /// Where results are loaded from, which lie there as long as somebody has their chunk.
    private var results = _SlotReader.empty
    /// Ours while the run is on.
    private var supervisor: Supervisor?
    private var run: Run?
    private var hasBegun = false
    /// Why the stream ends early, to be said when everything before was taken.
    private var error: PoolError?
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
        end(isOver: false)
        guard hasBegun else { return }
        (current, source) = (nil, nil)
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
            current = source?.ready.popFirst()
            guard current == nil else { continue }
            guard let error else { return nil }
            self.error = nil
            throw error
        }
    }

    /// One step when there are results to be taken; as many as it needs to have some when there are not.
    private func advance() {
        do {
            if !hasBegun { try begin() }
            while let supervisor {
                // To read on would hold up what is ready.
                if source!.isLate, !source!.ready.isEmpty { return }
                switch try supervisor.step(&run!, &source!) {
                case .over: return end(isOver: true)
                case .moved: if !source!.ready.isEmpty { return }
                case .stalled:
                    if !source!.ready.isEmpty { return }
                    try supervisor.waitForMore(&run!)
                }
            }
        } catch {
            self.error = PoolError(ending: error)
            // The run was abandoned by the step that threw.
            end(isOver: true)
        }
    }

    private func begin() throws {
        hasBegun = true
        let call = try pool.call()
        self.call = call
        results = call.memory.segments.resultReader
        let source = makeSource(call.memory)
        self.source = source
        try source.window.check()
        let image = try image(call.memory)
        let supervisor = try pool.borrow(for: .stream, call)
        self.supervisor = supervisor
        run = try supervisor.begin(image, target: source.chunkTarget)
    }

    private func end(isOver: Bool) {
        call = nil
        guard let supervisor else { return }
        if !isOver, run != nil { supervisor.abandon(&run!) }
        self.supervisor = nil
        run = nil
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
    private var begun: UInt64?
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
        let begun = begun ?? Clock.monotonic()
        self.begun = begun
        guard !isLate, Clock.monotonic() - begun < ChunkInput.patience else { return .notNow(nil) }
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
