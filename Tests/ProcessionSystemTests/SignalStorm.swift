import Glibc
import Synchronization
import TestSupport

/// A thread that interrupts the one that made it every millisecond, by a signal whose handler does not restart calls.
/// It gives up after five seconds or more, so that what it keeps from ending fails and does not hang.
///
/// The handler is the whole process's: for exit tests only.
final class SignalStorm: Sendable {
    private let thread: OtherThread
    private let isOver: Flag

    init() {
        var action = sigaction()
        // Safe: a handler that does nothing may run at any moment.
        unsafe action.__sigaction_handler.sa_handler = { _ in }
        unsafe sigaction(SIGUSR1, &action, nil)
        unblockAllSignals()
        let victim = pthread_self()
        let isOver = Flag()
        self.isOver = isOver
        thread = OtherThread {
            for _ in 0..<5000 where !isOver.value.load(ordering: .relaxed) {
                usleep(1000)
                pthread_kill(victim, SIGUSR1)
            }
        }
    }

    func stop() {
        isOver.value.store(true, ordering: .relaxed)
        thread.join()
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }
}

/// Makes this thread hear signals, to which the threads of a test run are deaf.
func unblockAllSignals() {
    var all = sigset_t()
    // Safe: a set of our own.
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_UNBLOCK, &all, nil)
}
