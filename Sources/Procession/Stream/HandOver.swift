/// What the three parties of an asynchronous stream hand to one another: the task that reads records, the engine, and
/// the task that takes the results. All of it under one lock.
///
///     reader ──append──▶ filled ──supply──▶ engine ──deliver──▶ ready ──take──▶ taker
///
/// Every step is a method that says what its caller does next. Whom it has to wake besides, `takeWakes` says, for when
/// the lock is released.
@usableFromInline
struct HandOver: Sendable {
    @usableFromInline typealias Waiting = CheckedContinuation<Void, Never>

    /// How far the stream is.
    private enum State {
        /// Records are read and mapped.
        case running(StreamWork)
        /// Nothing is read or mapped any more. What is ready is still taken; then comes the error, if there is one.
        case over((any Error)?)
    }

    private enum Taker {
        case busy
        case waiting(Waiting)
    }

    /// What the engine sleeps for, besides its workers.
    @usableFromInline struct Wishes: OptionSet, Sendable {
        @usableFromInline let rawValue: UInt8
        @usableFromInline init(rawValue: UInt8) { self.rawValue = rawValue }
        static let input = Wishes(rawValue: 1)
        static let room = Wishes(rawValue: 2)
    }

    private var state: State
    // These are looked at for every record, and so lie beside the state.
    /// The chunk that is being filled, if there is one; none when the stream is over.
    @usableFromInline var filling: ChunkInput?
    @usableFromInline var wishes: Wishes = []
    @usableFromInline var wakes: [Wake] = []
    private var ready = ReadyQueue<ReadyChunk>()
    private var taker = Taker.busy

    /// A run whose engine begins when it has taken the call.
    init(_ window: StreamWindow, workers: Int, _ call: WorkerPool.Call) {
        state = .running(StreamWork(window: window, workers: workers, engine: .called(call)))
    }

    /// A run that cannot begin.
    init(failed error: PoolError) { state = .over(error) }

    var isOver: Bool { if case .over = state { true } else { false } }

    /// Changes the work of a stream that is running; nil when it is over.
    @discardableResult
    private mutating func work<Result, Failure>(
        _ body: (inout StreamWork) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard case .running(var work) = state else { return nil }
        // Held by nobody else meanwhile, so that nothing is copied.
        state = .over(nil)
        defer { state = .running(work) }
        return try body(&work)
    }

    /// Who has to know of what was done since the last time.
    @inlinable
    mutating func takeWakes() -> [Wake] {
        if wakes.isEmpty { return [] }
        defer { wakes = [] }
        return wakes
    }
}

/// Somebody who is to be told of a step, when the lock is released.
@usableFromInline
struct Wake: Sendable {
    enum Party {
        case reader(HandOver.Waiting)
        case taker(HandOver.Waiting)
        case engine(Engine, run: Int)
        /// It reads for a stream that is over.
        case uselessReading(Task<Void, Never>)
    }
    let party: Party

    init(_ party: Party) { self.party = party }

    @usableFromInline
    func callAsFunction() {
        switch party {
        case .reader(let waiting), .taker(let waiting): waiting.resume()
        case .engine(let engine, let run): engine.wakeUp(run: run)
        case .uselessReading(let task): task.cancel()
        }
    }
}

// MARK: The reader

extension HandOver {
    /// Remembers what to cancel when the stream is over before the records are.
    mutating func begin(_ reading: Task<Void, Never>) { work { $0.reading = reading } }

    @usableFromInline enum Appending: Sendable {
        case appended
        /// As many as the chunk should have.
        case completed
        /// The window is full.
        case noRoom
        /// Nobody wants records any more.
        case over
    }

    /// Appends a record by `body` to the chunk that is being filled; begins one where there is none, if there is room.
    @inlinable
    mutating func append(_ body: (inout ChunkInput) throws(PoolError) -> Void) throws(PoolError) -> Appending {
        if filling == nil, let hindrance = try beginFilling() { return hindrance }
        try body(&filling!)
        let isComplete = filling!.isComplete()
        if isComplete || !wishes.isEmpty { passOn(isComplete: isComplete) }
        return isComplete ? .completed : .appended
    }

    @usableFromInline
    mutating func beginFilling() throws(PoolError) -> Appending? {
        guard let room = try work({ (work) throws(PoolError) in try work.room() }) else { return .over }
        filling = room
        return room == nil ? .noRoom : nil
    }

    /// Passes a complete chunk on. An engine that sleeps for want of input hears of the first record.
    @usableFromInline
    mutating func passOn(isComplete: Bool) {
        if isComplete { endFilling() }
        grant(.input)
    }

    private mutating func grant(_ wish: Wishes) {
        if wishes.remove(wish) != nil { wakeEngine() }
    }

    private mutating func wakeEngine() {
        if case .running(let work) = state, case .mapping(let engine, let run) = work.engine {
            wakes.append(Wake(.engine(engine, run: run)))
        }
    }

    private mutating func endFilling() {
        guard let input = filling.take() else { return }
        work { $0.fill(input) }
    }

    /// Whether it is worth another try to append.
    var hasRoom: Bool {
        guard filling == nil, case .running(let work) = state else { return true }
        return work.hasRoom
    }

    /// Lets the reader wait until there may be room. False when there may be some now.
    mutating func park(reader: Waiting) -> Bool {
        if hasRoom { return false }
        work { $0.reader = .waiting(reader) }
        return true
    }

    /// There are no more records, for the reason that is given if there should have been.
    mutating func endReading(_ error: (any Error)?) {
        work { $0.reader = .atEnd(error) }
        wakeEngine()
    }

    private mutating func wakeReader() {
        guard hasRoom else { return }
        if let reader = work({ $0.takeReader() }) ?? nil { wakes.append(Wake(.reader(reader))) }
    }
}

// MARK: The engine

extension HandOver {
    /// What the engine needs to begin; nil when the stream is over already.
    mutating func takeCall() -> (call: WorkerPool.Call, window: StreamWindow)? {
        work { work in
            guard case .called(let call) = work.engine else { misuse("a stream has one engine") }
            work.engine = .away
            return (call, work.window)
        }
    }

    /// The run has begun, whose thread is woken through the engine.
    mutating func beginMapping(_ engine: Engine, run: Int) { work { $0.engine = .mapping(engine, run: run) } }

    /// It has ended.
    mutating func endMapping() { work { $0.engine = .away } }

    /// Throws when the stream is over.
    func check() throws { if isOver { throw CancellationError() } }

    /// A chunk that is complete; while workers may be idle, whatever there is. The reader may then go on.
    mutating func supply(limit: Int) throws(PoolError) -> Supply {
        let takesAll = work {
            $0.limit = limit
            return $0.takesAll
        }
        if takesAll == true { endFilling() }
        let supply = try work { (work) throws(PoolError) in try work.supply() }
        guard let supply else { return .notNow(nil) }
        switch supply {
        case .chunk: wakeReader()
        case .notNow:
            wishes.insert(.input)
            wakeReader()
        case .end: break
        }
        return supply
    }

    /// Whether a chunk that wants more memory for its results may have it now; otherwise the engine hears when it may.
    mutating func mayGrow(isHead: Bool) -> Bool {
        let may = work { !$0.window.isFull } ?? false || isHead && ready.isEmpty
        if !may { wishes.insert(.room) }
        return may
    }

    mutating func overflowEstimate(records: Int) -> Int {
        work { $0.window.overflowEstimate(records: records) } ?? 0
    }

    /// Results of a chunk, for the taker.
    mutating func deliver(_ chunk: Chunk) {
        guard let results = work({ $0.results(of: chunk) }) else { return }
        ready.append(results)
        wakeTaker()
    }

    /// Why the records ended before their time, when they did.
    var readError: (any Error)? {
        guard case .running(let work) = state, case .atEnd(let error) = work.reader else { return nil }
        return error
    }

    /// Ends the stream, for the first reason that is given. When it is cancelled, what is ready is not wanted either.
    mutating func end(_ error: (any Error)?) {
        guard case .running(var work) = state else { return }
        state = .over(error)
        filling = nil
        if error is CancellationError { ready = ReadyQueue() }
        if let reading = work.reading { wakes.append(Wake(.uselessReading(reading))) }
        if let reader = work.takeReader() { wakes.append(Wake(.reader(reader))) }
        if case .mapping(let engine, let run) = work.engine { wakes.append(Wake(.engine(engine, run: run))) }
        wakeTaker()
    }

    private mutating func wakeTaker() {
        guard case .waiting(let waiting) = taker else { return }
        taker = .busy
        wakes.append(Wake(.taker(waiting)))
    }
}

// MARK: The taker

extension HandOver {
    enum Taking: Sendable {
        case chunk(ReadyChunk)
        case notYet
        /// The stream ends, for the reason that is given if it is before its time.
        case end((any Error)?)
    }

    /// What there is to take. Those who wait for room may go on, because earlier results were given back.
    mutating func take() -> Taking {
        let chunk = ready.popFirst()
        if chunk == nil, case .over(let error) = state {
            state = .over(nil)
            return .end(error)
        }
        if !wishes.isEmpty, ready.isEmpty || work({ !$0.window.isFull }) ?? true { grant(.room) }
        wakeReader()
        return chunk.map { .chunk($0) } ?? .notYet
    }

    /// Lets the taker wait until there is something to take. False when there is now.
    mutating func park(taker waiting: Waiting) -> Bool {
        if !ready.isEmpty || isOver { return false }
        taker = .waiting(waiting)
        return true
    }
}
