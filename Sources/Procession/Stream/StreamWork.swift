/// What an asynchronous stream has to do while it runs: records that are laid out and wait for the engine, and who
/// waits for what.
struct StreamWork: Sendable {
    enum Reader {
        case reading
        case waiting(HandOver.Waiting)
        case atEnd((any Error)?)
    }

    enum EngineState {
        /// It has not begun.
        case called(WorkerPool.Call)
        /// It is about to begin, or has ended.
        case away
        /// It runs, under this number.
        case mapping(Engine, run: Int)
    }

    var window: StreamWindow
    let workers: Int
    var engine: EngineState
    var reader = Reader.reading
    /// Cancelled when the stream is over.
    var reading: Task<Void, Never>?
    /// Records that the engine would like a chunk to have.
    var limit = 1
    private var filled: [ChunkInput] = []
    /// What the chunks in `filled` are still going to take.
    private var promised = 0
    /// Chunks that the engine has taken and not brought back.
    private var outstanding = 0

    init(window: StreamWindow, workers: Int, engine: EngineState) {
        self.window = window
        self.workers = workers
        self.engine = engine
    }

    /// Chunks are laid out only a few ahead of the engine, which says how many records they should have.
    private var hasPlace: Bool { filled.count < workers * 8 }

    var hasRoom: Bool { hasPlace && window.allowance(limit: limit, promised: promised) != nil }

    /// Room for another chunk, while there is some.
    func room() throws(PoolError) -> ChunkInput? {
        hasPlace ? try window.room(limit: limit, promised: promised) : nil
    }

    mutating func fill(_ input: ChunkInput) {
        promised += window.promise(records: input.count)
        filled.append(input)
    }

    private var isAtEnd: Bool { if case .atEnd = reader { true } else { false } }

    /// Whether the engine takes the chunk that is being filled, although it is not complete.
    var takesAll: Bool { filled.isEmpty && (isAtEnd || outstanding < workers * 2) }

    mutating func supply() throws(PoolError) -> Supply {
        guard !filled.isEmpty else {
            return isAtEnd ? .end : .notNow(nil)
        }
        outstanding += 1
        let chunk = try window.chunk(filled.removeFirst())
        if filled.isEmpty { promised = 0 } else { promised -= window.promise(records: chunk.items.count) }
        return .chunk(chunk)
    }

    mutating func results(of chunk: Chunk) -> ReadyChunk {
        outstanding -= 1
        return window.results(of: chunk)
    }

    /// The reader, if it waits; it does not any more.
    mutating func takeReader() -> HandOver.Waiting? {
        guard case .waiting(let waiting) = reader else { return nil }
        reader = .reading
        return waiting
    }
}
