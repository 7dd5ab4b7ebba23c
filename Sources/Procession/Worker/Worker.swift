package import ProcessionSegment
import ProcessionSystem

/// A worker: claims chunks and lets the run's function map them, until the pool shuts down. Not yours.
public final class _Worker {
    /// The function's own memory between the chunks of one run.
    package var local: AnyObject?
    private var contexts = ContextShelf()
    private let segments: WorkerSegments
    /// The run that it is at, and what that has of it.
    private var run = -1
    private var described = RunDescriptor(function: .nothing(), state: .nothing(), context: .nothing())
    private var function: any _ChunkFunction.Type = NoFunction.self
    /// The name that it was found by.
    private var name = ""
    /// When to leave, and records claimed so far.
    private let term: WorkerTerm?
    private var claimed = 0
    private var lastLeft = Instant.earliest
    /// How long it has waited for work since.
    private var idle = Duration.zero

    init(_ segments: WorkerSegments) {
        self.segments = segments
        term = segments.term
    }

    /// Returns when the worker is told to leave, or its term is over.
    func work() throws {
        while !isTermOver, var chunk = segments.claim() {
            try prepare(&chunk)
            faultPoint("prepared")
            function._map(&chunk, on: self)
            if !chunk.wasHandedOver { leave(chunk) }
        }
        switch (local as? any WorkerLocal)?.finish() {
        case .none, .fine: break
        case .failed: WorkerIdentity.exitImmediately(WorkerExit.failedAtEnd)
        case .broken: WorkerIdentity.exitImmediately(WorkerExit.brokenFunction)
        }
        contexts = ContextShelf()
        if isTermOver { WorkerIdentity.exitImmediately(WorkerExit.termIsOver) }
    }

    /// Whether the records of the chunk it is at are single calls, whose positions say nothing.
    public var _isAtCalls: Bool { described.isOfCalls }

    /// The context that is kept for a function, which is built where there is none.
    public func _kept<Function: _ContextFunction>(_ function: Function) throws -> _Kept<Function> {
        try contexts.kept(function)
    }

    /// Whether the worker takes no more chunks, and leaves when it is done with those it has.
    package var isTermOver: Bool { term?.isOver(after: claimed) == true }

    /// How many chunks a worker may hold that works at several, if all workers are to have as many: a filter that is
    /// slow and takes whatever it is sent must not take what others could do.
    package var share: Int { segments.share }

    /// How many it may ever hold.
    package var mostChunks: Int { segments.placeShare }

    /// Another chunk of the same run, if one is open: for functions that work at several at a time.
    package func claimAnother() -> _ClaimedChunk? {
        guard !isTermOver, var chunk = segments.claimNow() else { return nil }
        precondition(chunk.run.number == run, "who works at several chunks has a pool for one run")
        take(&chunk)
        return chunk
    }

    /// Whether no further chunk is to be expected, for all the parent knows.
    package var isSupplied: Bool { segments.isSupplied }

    /// Whether there is a chunk that `claimAnother` would get.
    package var isAnotherOpen: Bool { segments.hasOpen }

    /// Asks for more chunks: all that were opened are taken, and none can be left yet.
    package func askForMore() { segments.signalParent() }

    /// Says the last word on a chunk.
    package func leave(_ chunk: _ClaimedChunk) { leave([chunk]) }

    /// Says the last word on chunks that were worked at together: each has taken its part of the time since the last
    /// one.
    package func leave(_ chunks: [_ClaimedChunk]) {
        guard let first = chunks.first else { return }
        let now = Instant.now
        let time = max(.zero, now - max(first.claimedAt, lastLeft) - idle)
        let items = chunks.reduce(0) { $0 + max(1, $1.end - $1.begin) }
        for chunk in chunks {
            let part = chunks.count == 1 ? time : time / items * max(1, chunk.end - chunk.begin)
            if chunk.leave(after: part) { segments.signalParent() }
        }
        (lastLeft, idle) = (now, .zero)
    }

    /// Says that the last while was spent waiting for work, so that chunks do not look dearer than they are.
    package func discount(_ time: Duration) { idle += time }

    private func prepare(_ chunk: inout _ClaimedChunk) throws {
        segments.forgetWords()
        if chunk.run.number != run {
            local = nil
            described = segments.descriptor(of: chunk.run)
            function = try resolve(described.function)
            run = chunk.run.number
        }
        take(&chunk)
    }

    /// Counts a chunk that was claimed, and tells it what all of its run share.
    private func take(_ chunk: inout _ClaimedChunk) {
        claimed += chunk.end - chunk.begin
        chunk.stateOffset = described.state.lowerBound
        chunk.context = described.context
    }

    /// The function's type, by its mangled name. The parent has tried the same name before it sent it.
    ///
    /// To look it up takes longer than all else for a map of one record, and most maps have the function of the one
    /// before.
    private func resolve(_ place: Range<_InputOffset>) throws -> any _ChunkFunction.Type {
        let name = segments.inputReader.text(place)
        if name == self.name { return function }
        guard let type = _typeByName(name) as? any _ChunkFunction.Type else {
            throw PoolError(.functionNotFound, "this executable has no function type named \(name)")
        }
        self.name = name
        return type
    }
}

/// What a function keeps between chunks, if it wants to be told of the end.
package protocol WorkerLocal: AnyObject {
    /// The pool is shutting down. What is wrong, if it shows only now, is said on standard error.
    func finish() -> LastWord
}

/// What a worker says of its work when it leaves, the worst last.
package enum LastWord: Int {
    case fine
    /// Something went wrong that has harmed no record.
    case failed
    /// What was published may be wrong.
    case broken

    package mutating func include(_ other: LastWord) { if other.rawValue > rawValue { self = other } }
}

/// How a worker exits.
package enum WorkerExit {
    /// Something was wrong with records that were published already; or with none of them.
    package static let brokenFunction: Int32 = 70
    package static let failedAtEnd: Int32 = 71
    /// It has mapped as many records as it was to.
    package static let termIsOver: Int32 = 72

    /// What a worker that was reaped has said, having left by itself; nil for other endings.
    static func lastWord(_ ending: Ending) -> LastWord? {
        switch ending {
        case .exited(brokenFunction): .broken
        case .exited(failedAtEnd): .failed
        case .exited(termIsOver): .fine
        default: nil
        }
    }
}

/// What a worker would run before its first chunk named a function.
private struct NoFunction: _ChunkFunction {
    static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker) {}
}
