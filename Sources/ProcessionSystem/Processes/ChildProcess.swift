import CProcessionShims
import Glibc

/// The owner of one child process. At the end of the owner's life the child is killed and reaped.
///
/// The child is only ever addressed by its pidfd, so that a number which the kernel has given to another process since
/// then is never meant.
package struct ChildProcess: ~Copyable, Sendable {
    /// For messages only.
    package let pid: Int32
    /// The pidfd, readable once the child has ended.
    package let handle: Descriptor
    private let birthplace = Birthplace()

    /// Takes over a child that nobody else will reap. A child that cannot be held by a pidfd is ended at once.
    init(adopting pid: Int32) throws(SystemError) {
        do {
            handle = try Descriptor(.pidfdOpen) { procession_pidfd_open(pid) }
            self.pid = pid
        } catch {
            // The number is still the child's, for it is not yet reaped. Where somebody else reaps, or SIGCHLD is
            // ignored, it may be gone: then both calls fail and change nothing.
            _ = Glibc.kill(pid, SIGKILL)
            _ = try? system(.waitid) { waitpid(pid, nil, 0) }
            throw error
        }
    }

    deinit {
        // A copy of its parent is not its parent.
        guard birthplace.isHere else { return }
        // For a child that was reaped, the first does nothing and the second says so. A child that may not be killed,
        // because it has become another user's, is not waited for.
        do {
            try kill(SIGKILL)
            _ = try wait(blocking: true)
        } catch {}
    }

    /// Sends a signal; to a child that has ended, nothing.
    package borrowing func kill(_ signal: Int32) throws(SystemError) {
        do {
            _ = try system(.pidfdSendSignal) { procession_pidfd_send_signal(handle.number, signal) }
        } catch  where error.code == ESRCH {
        } catch  where [EPERM, ENOSYS].contains(error.code) {
            // A sandbox may refuse the pidfd. The number is the child's at least until it has ended, which the pidfd
            // tells.
            var items = [PollItem(descriptor: handle.number, wants: .read)]
            guard try poll(&items, timeout: .zero) == 0 else { return }
            if Glibc.kill(pid, signal) != 0 { throw error }
        }
    }

    /// How the child ended, or nil while it runs. The kernel tells this once; whoever asks again hears `.statusLost`.
    package borrowing func reap() throws(SystemError) -> Ending? {
        try wait(blocking: false)
    }

    /// Ends the child with SIGKILL and waits until it is gone. To let it go out of scope does the same; this says that
    /// it is meant.
    package consuming func killAndReap() {}

    /// Ends all children of this process but its own: what these have left behind and came to us, and in turn what that
    /// leaves behind. What may not be killed, being another user's, stays.
    package static func endAll(except own: Set<Int32>) {
        var spared = own
        // A bound, because a program may start others faster than they can be ended.
        for _ in 0..<64 {
            let children = ((try? ResourceCensus.children()) ?? []).filter { !spared.contains($0) }
            guard !children.isEmpty else { return }
            for pid in children {
                // The number is still the child's, because nobody but us reaps it.
                if Glibc.kill(pid, SIGKILL) == 0 {
                    _ = try? system(.waitid) { waitpid(pid, nil, 0) }
                } else {
                    spared.insert(pid)
                }
            }
        }
    }

    /// Reaps those that have ended of the children that are not listed, and leaves the others alone.
    package static func buryStrangers(except own: Set<Int32>) {
        for pid in (try? ResourceCensus.children()) ?? [] where !own.contains(pid) {
            _ = try? system(.waitid) { waitpid(pid, nil, WNOHANG) }
        }
    }

    private borrowing func wait(blocking: Bool) throws(SystemError) -> Ending? {
        var code: Int32 = 0
        var status: Int32 = 0
        do {
            // Safe: fills the two numbers it is given.
            let ended = try system(.waitid) {
                unsafe procession_wait(handle.number, blocking ? 1 : 0, &code, &status)
            }
            guard ended == 1 else { return nil }
            return code == CLD_EXITED ? .exited(status) : .signalled(status)
        } catch  where error.code == ECHILD {
            return .statusLost
        }
    }
}
