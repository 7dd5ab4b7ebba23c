import Glibc
import ProcessionSegment
import ProcessionSystem

// A worker's whole life. It begins before `main`, in the C constructor, and ends here: nothing of the user's `main`
// ever runs in a worker.

/// The numbers under which a worker finds its descriptors. 0 is /dev/null, 1 and 2 are the parent's standard error.
package enum WorkerDescriptor {
    package static let input: Int32 = 3
    package static let result: Int32 = 4
    package static let signal: Int32 = 5
}

@_cdecl("procession_worker_main")
func workerMain(worker: Int64, nonce: UInt64) {
    // The parent decides what Ctrl-C means.
    try? WorkerIdentity.ignoreSignal(SIGINT)
    // Before the segments compare parents, so that no moment is left uncovered.
    try? WorkerIdentity.setParentDeathSignal(SIGKILL)
    do {
        let segments = try WorkerSegments(
            input: WorkerDescriptor.input, result: WorkerDescriptor.result, signal: WorkerDescriptor.signal,
            worker: Int(worker), nonce: nonce)
        WorkerIdentity.flushStandardOutputByLine()
        // The kernel should take a worker before the parent.
        WorkerIdentity.setOutOfMemoryScore(500)
        try work(segments)
    } catch {
        try? File.write(2, text: "procession: internal mode: \(error)\n")
        WorkerIdentity.exitImmediately(2)
    }
    WorkerIdentity.exitImmediately(0)
}

/// Claims chunks and maps them until the pool shuts down.
private func work(_ segments: WorkerSegments) throws {
    var run = -1
    var function: any _ChunkFunction.Type = NoFunction.self
    var local: AnyObject?
    while var chunk = segments.claim() {
        let start = Clock.monotonic()
        let described = segments.run
        if chunk.run != run {
            local = nil
            function = try resolve(described.function, in: segments.inputReader)
            run = chunk.run
        }
        chunk.stateOffset = described.state.lowerBound
        chunk.context = described.context
        function._map(&chunk, local: &local)
        if chunk.leave(nanoseconds: Clock.monotonic() - start) { segments.signalParent() }
    }
}

/// The function's type, by its mangled name. The parent has tried the same name before it sent it.
private func resolve(_ name: Range<Int>, in input: SlotInput) throws -> any _ChunkFunction.Type {
    let name = input.text(at: name.lowerBound, count: name.count)
    guard let type = _typeByName(name) as? any _ChunkFunction.Type else {
        throw PoolError(.functionNotFound, "this executable has no function type named \(name)")
    }
    return type
}

/// What a worker would run before its first chunk named a function.
private struct NoFunction: _ChunkFunction {
    static func _map(_ chunk: inout ClaimedChunk, local: inout AnyObject?) {}
}
