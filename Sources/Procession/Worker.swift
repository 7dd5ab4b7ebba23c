package import ProcessionSegment
import ProcessionSystem

/// A worker: claims chunks and lets the run's function map them, until the pool shuts down. Not yours.
public final class _Worker {
    /// The function's own memory between the chunks of one run.
    package var local: AnyObject?
    private let segments: WorkerSegments
    private var run = -1
    private var function: any _ChunkFunction.Type = NoFunction.self
    private var lastLeft: UInt64 = 0

    init(_ segments: WorkerSegments) { self.segments = segments }

    func work() throws {
        while var chunk = segments.claim() {
            try prepare(&chunk)
            faultPoint("prepared")
            function._map(&chunk, on: self)
            if !chunk.wasHandedOver { leave(chunk) }
        }
        if let complaint = (local as? any WorkerLocal)?.finish() {
            try File.write(2, text: "procession: \(complaint)\n")
            WorkerIdentity.exitImmediately(WorkerExit.brokenFunction)
        }
    }

    /// How many chunks a worker may hold that works at several, if all workers are to have as many: a filter that is slow
    /// and takes whatever it is sent must not take what others could do.
    package var share: Int { segments.share }

    /// Another chunk of the same run, if one is open: for functions that work at several at a time.
    package func claimAnother() -> ClaimedChunk? {
        guard var chunk = segments.claimNow() else { return nil }
        let described = segments.run
        chunk.stateOffset = described.state.lowerBound
        chunk.context = described.context
        return chunk
    }

    /// Whether no further chunk is to be expected, for all the parent knows.
    package var isSupplied: Bool { segments.isSupplied }

    /// Says the last word on a chunk.
    package func leave(_ chunk: ClaimedChunk) {
        let now = Clock.monotonic()
        if chunk.leave(nanoseconds: now - min(max(chunk.claimedAt, lastLeft), now)) { segments.signalParent() }
        lastLeft = now
    }

    /// Says that the last while was spent waiting for work, so that chunks do not look dearer than they are.
    package func discount(_ idle: Duration) { lastLeft += UInt64(idle.nanoseconds) }

    private func prepare(_ chunk: inout ClaimedChunk) throws {
        let described = segments.run
        if chunk.run != run {
            local = nil
            function = try resolve(described.function)
            run = chunk.run
        }
        chunk.stateOffset = described.state.lowerBound
        chunk.context = described.context
    }

    /// The function's type, by its mangled name. The parent has tried the same name before it sent it.
    private func resolve(_ name: Range<Int>) throws -> any _ChunkFunction.Type {
        let name = segments.inputReader.text(at: name.lowerBound, count: name.count)
        guard let type = _typeByName(name) as? any _ChunkFunction.Type else {
            throw PoolError(.functionNotFound, "this executable has no function type named \(name)")
        }
        return type
    }
}

/// What a function keeps between chunks, if it wants to be told of the end.
package protocol WorkerLocal: AnyObject {
    /// The pool is shutting down. Returns what was wrong with what has been done, if it shows only now.
    func finish() -> String?
}

/// How a worker exits.
package enum WorkerExit {
    /// Something was wrong with records that were published already.
    package static let brokenFunction: Int32 = 70
}

/// What a worker would run before its first chunk named a function.
private struct NoFunction: _ChunkFunction {
    static func _map(_ chunk: inout ClaimedChunk, on worker: _Worker) {}
}
