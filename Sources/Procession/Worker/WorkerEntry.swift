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
    faultVictim(worker: Int(worker))
    // The parent decides what Ctrl-C means. The others are sent to programs by their name, which is ours too.
    for signal in [SIGINT, SIGUSR1, SIGUSR2] { try? WorkerIdentity.ignoreSignal(signal) }
    do {
        // Before the segments compare parents, so that no moment is left uncovered. Without it, workers would outlive a
        // parent that is killed.
        try WorkerIdentity.setParentDeathSignal(SIGKILL)
        let segments = try WorkerSegments(
            input: WorkerDescriptor.input, result: WorkerDescriptor.result, signal: WorkerDescriptor.signal,
            worker: Int(worker), nonce: nonce)
        WorkerIdentity.closeOnExec(WorkerDescriptor.input...WorkerDescriptor.signal)
        WorkerIdentity.flushStandardOutputByLine()
        segments.stay()
        // The kernel should take a worker before the parent.
        WorkerIdentity.setOutOfMemoryScore(500)
        try _Worker(segments).work()
    } catch let refusal as WorkerSegments.Refusal where refusal.isOrphaned {
        // A parent that was gone before it could be compared: nothing is wrong, and nobody is there to be told.
    } catch {
        try? File.write(2, text: "procession: internal mode: \(error)\n")
        WorkerIdentity.exitImmediately(2)
    }
    WorkerIdentity.exitImmediately(0)
}
