import Glibc

/// A thread that lives as long as a pool and spawns its children.
///
/// A worker asks to be killed when its parent ends, and by parent the kernel means the *thread* that spawned it.
/// Callers come from threads that may end at any time; this one ends with `stop`, and the children that asked for it
/// end then.
package final class SpawnThread: Sendable {
    private let thread: ServiceThread<SpawnRequest, Result<ChildProcess, SystemError>>

    package init() throws(SystemError) {
        thread = try ServiceThread { request in
            Result { () throws(SystemError) in try ChildProcess.spawn(request) }
        }
    }

    /// Spawns on the thread and waits for the result. After `stop` it throws ECANCELED.
    package func spawn(_ request: SpawnRequest) throws(SystemError) -> ChildProcess {
        guard thread.ask(request) else { throw SystemError(call: .posixSpawn, code: ECANCELED) }
        return try thread.answer().get()
    }

    /// Ends the thread, after the request it may be working at, and waits for that. Once is enough.
    package func stop() { thread.stop() }
}
