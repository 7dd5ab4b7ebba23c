import Glibc

/// Starts a thread of our own that nobody waits for.
package func startOwnThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    pthread_detach(try makeThread(body))
}

/// Starts a thread that somebody joins.
func makeThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> pthread_t {
    try withAllSignalsBlocked { () throws(SystemError) in
        var thread = pthread_t()
        let life = unsafe Unmanaged.passRetained(Life(body))
        do throws(SystemError) {
            // Safe: the thread takes over the reference, and only where it has started.
            try systemReturningCode(.pthreadCreate) {
                unsafe pthread_create(&thread, nil, live, life.toOpaque())
            }
        } catch {
            unsafe life.release()
            throw error
        }
        return thread
    }
}

/// What a thread is to do, in a form that `pthread_create` passes on.
private final class Life: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func live(_ life: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // Safe: the reference that `init` handed over.
    unsafe Unmanaged<Life>.fromOpaque(life!).takeRetainedValue().body()
    return nil
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
