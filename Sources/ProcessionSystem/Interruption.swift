import CProcessionShims
import Glibc

/// The signals that ask a run to end, turned into something that can be polled (`signalfd`).
///
/// From its making on, the signals are blocked in this thread and in those it starts later: make it before the others.
/// Children are not concerned, because spawning gives them an empty mask and default dispositions. The first signal is
/// told by `check`, and from then on a further one ends the process at once.
package final class Interruption {
    private let descriptor: Descriptor
    private let watched: sigset_t
    /// The signal that came first, once it was noticed.
    package private(set) var signal: Int32?

    /// Watches those of the signals that this process does not ignore: what `nohup` has arranged stays.
    package init(_ signals: [Int32]) throws(SystemError) {
        var set = sigset_t()
        // Safe: sets and structures of our own.
        unsafe sigemptyset(&set)
        for signal in signals where try !WorkerIdentity.ignores(signal) { unsafe sigaddset(&set, signal) }
        try systemReturningCode(.signalMask) { unsafe pthread_sigmask(SIG_BLOCK, &set, nil) }
        descriptor = try Descriptor(.signalfd) { unsafe procession_signalfd(&set) }
        watched = set
        // Blocked still: for the second signal, and for those that come when nobody watches any more.
        for signal in signals where unsafe sigismember(&set, signal) == 1 {
            _ = try system(.sigaction) { procession_exit_on_signal(signal) }
        }
    }

    /// Readable while a signal waits to be noticed.
    package var pollItem: PollItem { PollItem(descriptor: descriptor.number, wants: .read) }

    /// The signal that asks for the end, if one has come. One call to the kernel until then.
    package func check() -> Int32? {
        if signal == nil, let taken = take() {
            signal = taken
            unblock()
        }
        return signal
    }

    /// The same as an error.
    package func throwIfInterrupted() throws(Interrupted) {
        if let signal = check() { throw Interrupted(signal: signal) }
    }

    /// From here on every signal ends the process at once. Those that have come are too late and forgotten.
    package func disarm() {
        while take() != nil {}
        unblock()
    }

    /// Waits until the descriptor can be read, or has ended.
    package func waitForInput(at descriptor: Int32) throws {
        while true {
            try throwIfInterrupted()
            var items = [PollItem(descriptor: descriptor, wants: .read), pollItem]
            try poll(&items, timeout: nil)
            if items[0].isReady { return }
        }
    }

    private func take() -> Int32? {
        // A signalfd_siginfo, whose first field is the signal's number.
        var record = [UInt32](repeating: 0, count: 32)
        // Safe: fills the array, whose length it is told. EAGAIN says that no signal has come.
        let count = unsafe record.withUnsafeMutableBytes { bytes in
            unsafe try? File.read(descriptor.number, into: bytes)
        }
        return count == 128 ? Int32(record[0]) : nil
    }

    private func unblock() {
        var set = watched
        // Safe: a set of our own. It cannot fail for a valid first argument.
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
}

/// A signal has asked for the end.
package struct Interrupted: Error, Hashable {
    package let signal: Int32

    package init(signal: Int32) { self.signal = signal }
}
