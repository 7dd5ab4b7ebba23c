/// What the three parties of an asynchronous stream know of each other. All of it under one lock.
@usableFromInline
struct AsyncRunState: Sendable {
    @usableFromInline typealias Waiting = CheckedContinuation<Void, Never>

    /// Nil where the run is over before it has begun.
    private(set) var window: StreamWindow?
    private let workers: Int

    // From the reading task to the engine.
    @usableFromInline var filling: ChunkInput?
    private var filled: [ChunkInput] = []
    /// What the chunks in `filled` are still going to take.
    private var promised = 0
    var isAtEnd = false
    var readError: (any Error)?
    /// Records that the engine would like a chunk to have.
    private var limit = 1
    /// Chunks that the engine has taken and not drained.
    private var outstanding = 0

    // From the engine to the task that takes the results.
    private var ready = ReadyQueue<ReadyChunk>()
    private var isOver = false
    private var error: (any Error)?

    /// Until the engine's thread takes it.
    var call: WorkerPool.Call?

    // Who waits for whom.
    var reader: Task<Void, Never>?
    var supervisor: Supervisor?
    var readerWaits: Waiting?
    var takerWaits: Waiting?
    private var engineWantsInput = false
    private var engineWantsRoom = false

    init(_ window: StreamWindow, _ workers: Int, _ call: WorkerPool.Call) {
        self.window = window
        self.call = call
        self.workers = workers
    }

    /// A run that cannot begin.
    init(failed error: PoolError) {
        workers = 1
        isOver = true
        self.error = error
    }

    // MARK: The reading task

    /// Makes room for another chunk. False when the window is full; throws when nobody wants records any more.
    @usableFromInline
    mutating func beginFilling() throws -> Bool {
        guard !isOver else { throw CancellationError() }
        guard hasPlace else { return false }
        filling = try window!.room(limit: limit, promised: promised)
        return filling != nil
    }

    @usableFromInline
    mutating func endFilling() {
        guard let input = filling.take() else { return }
        promised += window!.promise(records: input.count)
        filled.append(input)
    }

    /// Whether it is worth another try.
    var hasRoom: Bool {
        isOver || filling != nil || hasPlace && window!.allowance(limit: limit, promised: promised) != nil
    }

    /// Chunks are laid out only a few ahead of the engine, which says how many records they should have.
    private var hasPlace: Bool { filled.count < workers * 8 }

    /// Whether the engine sleeps and would like to know of the record that was appended.
    @usableFromInline
    mutating func takeWish() -> Bool {
        guard engineWantsInput else { return false }
        engineWantsInput = false
        return true
    }

    // MARK: The engine

    func check() throws { if isOver { throw error ?? CancellationError() } }

    /// A chunk that is complete; while workers may be idle, whatever there is. The reader may then go on.
    mutating func supply(limit: Int) throws -> (Supply, reader: Waiting?) {
        self.limit = limit
        if filled.isEmpty, isAtEnd || outstanding < workers * 2 { endFilling() }
        guard filled.isEmpty else {
            outstanding += 1
            let chunk = try window!.chunk(filled.removeFirst())
            if filled.isEmpty { promised = 0 } else { promised -= window!.promise(records: chunk.items.count) }
            return (.chunk(chunk), hasRoom ? readerWaits.take() : nil)
        }
        if isAtEnd { return (.end, nil) }
        engineWantsInput = true
        return (.notNow(nil), hasRoom ? readerWaits.take() : nil)
    }

    mutating func mayGrow(isHead: Bool) -> Bool {
        let may = !window!.isFull || isHead && ready.isEmpty
        if !may { engineWantsRoom = true }
        return may
    }

    mutating func drain(_ chunk: Chunk) {
        outstanding -= 1
        if !isOver { ready.append(window!.results(of: chunk)) }
    }

    mutating func end(
        _ error: (any Error)?
    ) -> (reader: Task<Void, Never>?, waiting: [Waiting], supervisor: Supervisor?) {
        guard !isOver else { return (nil, [], nil) }
        isOver = true
        self.error = error
        filling = nil
        filled = []
        if error is CancellationError { ready = ReadyQueue() }
        defer { (reader, readerWaits, takerWaits) = (nil, nil, nil) }
        return (reader, [readerWaits, takerWaits].compactMap { $0 }, supervisor)
    }

    // MARK: The task that takes results

    var hasNews: Bool { !ready.isEmpty || isOver }

    /// What there is to take, and who can go on because earlier results were given back.
    mutating func look() throws -> (chunk: ReadyChunk?, isOver: Bool, reader: Waiting?, wakes: Bool) {
        let chunk = ready.popFirst()
        if chunk == nil, isOver {
            guard let error else { return (nil, true, nil, false) }
            self.error = nil
            throw error
        }
        let wakes = engineWantsRoom && (!window!.isFull || ready.isEmpty)
        if wakes { engineWantsRoom = false }
        return (chunk, false, hasRoom ? readerWaits.take() : nil, wakes)
    }
}
