import CProcessionShims
import Glibc

/// What a process can say and arrange about itself, as a worker does first of all.
package enum WorkerIdentity {
    package static func ownPid() -> Int32 { getpid() }

    package static func parentPid() -> Int32 { getppid() }

    package static var user: UInt32 { geteuid() }

    /// Whether a process has ended, reaped or not.
    package static func hasEnded(_ pid: Int32) -> Bool {
        do {
            let handle = try Descriptor(.pidfdOpen) { procession_pidfd_open(pid) }
            var items = [PollItem(descriptor: handle.number, wants: .read)]
            return try poll(&items, timeout: .zero) > 0
        } catch {
            return error.code == ESRCH
        }
    }

    /// Asks for `signal` when the *thread* that spawned this process ends.
    ///
    /// The parent may have ended before: look at `parentPid` afterwards.
    package static func setParentDeathSignal(_ signal: Int32) throws(SystemError) {
        _ = try system(.prctl) { procession_set_parent_death_signal(signal) }
    }

    /// Offers this process to the kernel when memory is short, 1000 being the first choice. Best effort: without /proc
    /// the order is the kernel's own.
    package static func setOutOfMemoryScore(_ score: Int32) {
        guard let file = try? File.open("/proc/self/oom_score_adj", O_WRONLY) else { return }
        var text = String(score)
        // Safe: the text lives during the call.
        _ = text.withUTF8 { unsafe try? File.write(file.number, all: UnsafeRawBufferPointer($0)) }
    }

    /// Makes this process the parent of the children that its own children leave behind.
    package static func adoptOrphans() throws(SystemError) {
        _ = try system(.prctl) { procession_adopt_orphans() }
    }

    package static func ignoreSignal(_ signal: Int32) throws(SystemError) {
        var action = sigaction()
        // Safe: SIG_IGN is no function, so none is called at an odd moment.
        unsafe action.__sigaction_handler.sa_handler = SIG_IGN
        _ = try system(.sigaction) { unsafe sigaction(signal, &action, nil) }
    }

    /// Keeps descriptors from the programs that this process starts.
    package static func closeOnExec(_ descriptors: ClosedRange<Int32>) {
        for number in descriptors { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    }

    package static func ignores(_ signal: Int32) throws(SystemError) -> Bool {
        var action = sigaction()
        // Safe: fills the structure. SIG_IGN is a number and no function.
        _ = try system(.sigaction) { unsafe sigaction(signal, nil, &action) }
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    /// Lets what this process prints appear line by line, so that nothing is lost when it is killed.
    package static func flushStandardOutputByLine() {
        procession_flush_output_by_line()
    }

    /// Ends the process here: no `atexit` handlers, which belong to the program this process is a copy of.
    package static func exitImmediately(_ status: Int32) -> Never {
        _exit(status)
    }
}
