import Glibc

// The one layer: every call that can fail goes through one of these functions, so that reading errno, restarting after
// a signal and injecting faults are each written once.

/// Makes a call that returns -1 and sets `errno` when it fails.
///
/// A call that a signal interrupted is made again, unless the caller has a reason to see EINTR.
package func system<Result: FixedWidthInteger & SignedInteger>(
    _ call: SystemCall, restarting: Bool = true, _ body: () -> Result
) throws(SystemError) -> Result {
    try system(call, moving: .max, restarting: restarting) { _ in body() }
}

/// Makes a call that moves bytes, `count` at most: it is told how many, and returns how many it moved.
package func system<Result: FixedWidthInteger & SignedInteger>(
    _ call: SystemCall, moving count: Int, restarting: Bool = true, _ body: (Int) -> Result
) throws(SystemError) -> Result {
    while true {
        let injected = injectedFault(at: call)
        if injected.code == nil {
            let result = body(min(count, injected.limit ?? count))
            if result != -1 { return result }
        }
        let code = injected.code ?? errno
        guard code == EINTR, restarting else { throw SystemError(call: call, code: code) }
    }
}

/// Makes a call of the kind that returns its error number, as those of POSIX threads and `posix_spawn` do.
package func systemReturningCode(_ call: SystemCall, _ body: () -> Int32) throws(SystemError) {
    let code = injectedFault(at: call).code ?? body()
    guard code == 0 else { throw SystemError(call: call, code: code) }
}

/// Makes a call that gives something back, as `close` and `munmap` do.
///
/// Never repeated, because Linux has let go of the descriptor even when `close` reports EINTR; and its failure is
/// nobody's decision, so it is counted but not told.
package func givingBack(_ call: SystemCall, _ body: () -> Int32) {
    _ = injectedFault(at: call)
    _ = body()
}

/// What a test wants of the next such call: that it fails, or moves only so many bytes. Nothing, and no code at all, in
/// a release build.
private func injectedFault(at call: SystemCall) -> (code: Int32?, limit: Int?) {
    #if FAULT_INJECTION
        FaultInjection.verdict(on: call)
    #else
        (nil, nil)
    #endif
}
