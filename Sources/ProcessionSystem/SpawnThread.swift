import CProcessionShims
import Glibc

/// A thread that lives as long as a pool and spawns its children.
///
/// A worker asks to be killed when its parent ends, and by parent the kernel means the *thread* that spawned it. Callers
/// come from threads that may end at any time; this one ends with `stop`, and the children that asked for it end then.
package final class SpawnThread: Sendable {
    private let desk: Monitor<Desk>
    private let thread: pthread_t

    package init() throws(SystemError) {
        let desk = Monitor(Desk())
        self.desk = desk
        self.thread = try withAllSignalsBlocked { () throws(SystemError) in
            var thread = pthread_t()
            let context = unsafe Unmanaged.passRetained(desk)
            do throws(SystemError) {
                // Safe: the thread takes over the reference, and only where it has started.
                try systemReturningCode(.pthreadCreate) {
                    unsafe pthread_create(&thread, nil, serve, context.toOpaque())
                }
            } catch {
                unsafe context.release()
                throw error
            }
            return thread
        }
    }

    deinit {
        stop()
    }

    /// Spawns on the thread and waits for the result. After `stop` it throws ECANCELED.
    package func spawn(_ request: SpawnRequest) throws(SystemError) -> ChildProcess {
        let accepted = desk.when({ $0.phase == .free || $0.phase == .stopped }) { desk in
            guard desk.phase == .free else { return false }
            desk.request = request
            desk.phase = .asked
            return true
        }
        guard accepted else { throw SystemError(call: .posixSpawn, code: ECANCELED) }
        let answer = desk.when({ $0.phase == .answered }) { desk in
            desk.phase = .free
            return desk.answer.take()
        }
        return try answer!.get()
    }

    /// Ends the thread, after the request it may be working at, and waits for that. Once is enough.
    package func stop() {
        let isFirst = desk.when({ $0.phase == .free || $0.phase == .stopped }) { desk in
            defer { desk.phase = .stopped }
            return desk.phase == .free
        }
        if isFirst { pthread_join(thread, nil) }
    }
}

/// One request at a time: from whoever asks to the thread, and the answer back.
private struct Desk: ~Copyable, Sendable {
    enum Phase { case free, asked, working, answered, stopped }

    var phase = Phase.free
    var request: SpawnRequest?
    var answer: Result<ChildProcess, SystemError>?
}

/// The life of the thread: serve until stopped.
private func serve(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // Safe: the reference that `init` handed over.
    let desk = unsafe Unmanaged<Monitor<Desk>>.fromOpaque(context!).takeRetainedValue()
    while let request = desk.when({ $0.phase == .asked || $0.phase == .stopped }, { $0.begin() }) {
        // Outside the lock, and carried in by `take` because the answer cannot be copied.
        var answer: Result<ChildProcess, SystemError>? = Result { () throws(SystemError) in
            try ChildProcess.spawn(request)
        }
        desk.when({ $0.phase == .working }) { desk in
            desk.answer = answer.take()
            desk.phase = .answered
        }
    }
    return nil
}

extension Desk {
    /// The request to work at, or nil when it is time to end.
    mutating func begin() -> SpawnRequest? {
        guard phase == .asked else { return nil }
        phase = .working
        return request.take()
    }
}

/// Runs `body` with all signals blocked in this thread. A thread created meanwhile inherits the mask: signals of the
/// host belong to the threads of the host.
private func withAllSignalsBlocked<Result>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result {
    var all = sigset_t()
    var before = sigset_t()
    // Safe: two sets of our own; the mask is put back on every path.
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
}
