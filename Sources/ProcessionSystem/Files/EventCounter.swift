import CProcessionShims
import Glibc

/// A bell that can be polled (`eventfd`): any process that holds it can ring, and one drain answers all rings so far.
///
/// Unlike a pipe it cannot fill up. A process whose user has closed it and opened something else at its number writes
/// nothing there and reads nothing from there.
package struct EventCounter: ~Copyable, Sendable {
    package let descriptor: Descriptor

    package init() throws(SystemError) {
        descriptor = try Descriptor(.eventfd) { procession_bell() }
    }

    /// Takes over an eventfd that was inherited.
    package init(owning descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Makes the descriptor readable.
    package borrowing func signal() {
        guard isOurs else { return }
        var one: UInt64 = 1
        // Safe: eight bytes of our own. The only refusal is EAGAIN, at a count of 2⁶⁴ - 1: then it is readable already.
        _ = try? system(.write) { unsafe Glibc.write(descriptor.number, &one, 8) }
    }

    /// Makes the descriptor unreadable until the next signal; to drain an unrung bell does nothing.
    ///
    /// Never waits, though whoever shares the bell can make it a blocking one for all.
    package borrowing func drain() {
        guard isOurs else { return }
        var count: UInt64 = 0
        do {
            // Safe, as below: eight bytes of our own. EAGAIN says that nobody has signalled.
            _ = try system(.read) { unsafe procession_read_at_once(descriptor.number, &count) }
        } catch  where error.code == EOPNOTSUPP {
            _ = try? system(.read) { unsafe Glibc.read(descriptor.number, &count, 8) }
        } catch {}
    }

    private var isOurs: Bool { procession_is_bell(descriptor.number) != 0 }

    /// Signals, unless the bell rings so loudly already that to signal would have to wait.
    package borrowing func signalAtOnce() {
        var items = [PollItem(descriptor: descriptor.number, wants: .write)]
        if (try? poll(&items, timeout: .zero)) == 1 { signal() }
    }
}
