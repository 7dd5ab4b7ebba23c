import CProcessionShims
import Glibc

/// The signals that ask a run to end, or how far it is, turned into something that can be polled (`signalfd`).
///
/// From its making on, the signals are blocked in this thread and in those it starts later: make it before the others.
/// Children are not concerned, because spawning gives them an empty mask and default dispositions. The first signal is
/// told by `check`, and from then on a further one ends the process at once.
package final class Interruption {
    private let descriptor: Descriptor
    private let watched: sigset_t
    /// Asks how far the run is, as often as it comes.
    private let question: Int32?
    package var onQuestion: (() -> Void)?
    /// The signal that came first, once it was noticed.
    package private(set) var signal: Int32?

    /// Lets a signal wait that asks how far a run is, and end nobody: until the run has begun, and when it is over.
    ///
    /// Blocked signals reach a `signalfd` even when they are ignored.
    package static func expect(question signal: Int32) throws(SystemError) {
        try WorkerIdentity.ignoreSignal(signal)
        var set = sigset_t()
        // Safe: a set of our own.
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, signal)
        try systemReturningCode(.signalMask) { unsafe pthread_sigmask(SIG_BLOCK, &set, nil) }
    }

    /// Watches those of the signals that this process does not ignore: what `nohup` has arranged stays. A question must
    /// be expected already.
    package init(_ signals: [Int32], question: Int32? = nil) throws(SystemError) {
        self.question = question
        var set = sigset_t()
        // Safe: sets and structures of our own.
        unsafe sigemptyset(&set)
        for signal in signals where try !WorkerIdentity.ignores(signal) { unsafe sigaddset(&set, signal) }
        try systemReturningCode(.signalMask) { unsafe pthread_sigmask(SIG_BLOCK, &set, nil) }
        watched = set
        if let question { unsafe sigaddset(&set, question) }
        descriptor = try Descriptor(.signalfd) { unsafe procession_signalfd(&set) }
        // Blocked still: for the second signal, and for those that come when nobody watches any more.
        for signal in signals where unsafe sigismember(&set, signal) == 1 {
            _ = try system(.sigaction) { procession_exit_on_signal(signal) }
        }
    }

    /// Readable while a signal waits to be noticed.
    package var pollItem: PollItem { PollItem(descriptor: descriptor.number, wants: .read) }

    /// The signal that asks for the end, if one has come. One call to the kernel until then.
    package func check() -> Int32? {
        while signal == nil, let taken = take() {
            guard taken != question else {
                onQuestion?()
                continue
            }
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
