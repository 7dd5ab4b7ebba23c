/// What the three parties of an asynchronous stream know of each other. All of it under one lock.
@usableFromInline
struct AsyncRunState: Sendable {
    @usableFromInline typealias Waiting = CheckedContinuation<Void, Never>

    private(set) var window: StreamWindow
    private let workers: Int

    // From the reading task to the engine.
    @usableFromInline var filling: ChunkInput?
    private var filled: [ChunkInput] = []
    var isAtEnd = false
    var readError: (any Error)?
    /// Records that the engine would like a chunk to have.
    private var limit = 1
    /// Chunks that the engine has taken and not drained.
    private var outstanding = 0

    // From the engine to the task that takes the results.
    private var ready = ReadyQueue()
    private var isOver = false
    private var error: (any Error)?

    // Who waits for whom.
    var reader: Task<Void, Never>?
    var supervisor: Supervisor?
    var readerWaits: Waiting?
    var takerWaits: Waiting?
    private var engineWantsInput = false
    private var engineWantsRoom = false

    init(_ window: StreamWindow, _ workers: Int) {
        self.window = window
        self.workers = workers
    }

    // MARK: The reading task

    /// Makes room for another chunk. False when the window is full; throws when nobody wants records any more.
    @usableFromInline
    mutating func beginFilling() throws -> Bool {
        guard !isOver else { throw CancellationError() }
        filling = try window.room(limit: limit)
        return filling != nil
    }

    @usableFromInline
    mutating func endFilling() {
        if let filling { filled.append(filling) }
        filling = nil
    }

    /// Whether it is worth another try.
    var hasRoom: Bool { isOver || filling != nil || window.allowance(limit: limit) != nil }

    /// Whether the engine sleeps and would like to know of the record that was appended.
    @usableFromInline
    mutating func takeWish() -> Bool {
        guard engineWantsInput else { return false }
        engineWantsInput = false
        return true
    }

    // MARK: The engine

    func check() throws { if isOver { throw error ?? CancellationError() } }

    /// A chunk that is complete; while workers may be idle, whatever there is.
    mutating func supply(limit: Int) throws -> Supply {
        self.limit = limit
        if filled.isEmpty, isAtEnd || outstanding < workers * 2, let input = filling, input.count > 0 {
            filling = nil
            filled.append(input)
        }
        guard filled.isEmpty else {
            outstanding += 1
            return .chunk(try window.chunk(filled.removeFirst()))
        }
        if isAtEnd { return .end }
        engineWantsInput = true
        return .notNow(nil)
    }

    mutating func isFull() -> Bool {
        engineWantsRoom = window.isFull
        return engineWantsRoom
    }

    mutating func drain(_ chunk: Chunk) {
        outstanding -= 1
        if !isOver { ready.append(window.results(of: chunk)) }
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
        let wakes = engineWantsRoom && !window.isFull
        if wakes { engineWantsRoom = false }
        return (chunk, false, hasRoom ? readerWaits.take() : nil, wakes)
    }
}
