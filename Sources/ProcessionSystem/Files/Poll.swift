import CProcessionShims
import Glibc

/// What a descriptor can be ready for (`poll`).
package struct Readiness: OptionSet, Hashable, Sendable {
    package let rawValue: Int16

    package init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    package static let read = Readiness(rawValue: Int16(POLLIN))
    package static let write = Readiness(rawValue: Int16(POLLOUT))
    /// The other end is gone. Reported unasked, as the next two.
    package static let hangUp = Readiness(rawValue: Int16(POLLHUP))
    package static let error = Readiness(rawValue: Int16(POLLERR))
    /// The descriptor is not open.
    package static let invalid = Readiness(rawValue: Int16(POLLNVAL))
}

package struct PollItem: Hashable, Sendable {
    package var descriptor: Int32
    package var wants: Readiness
    /// Filled by `poll`.
    package var ready: Readiness = []
    package var isReady: Bool { ready.rawValue != 0 }

    package init(descriptor: Int32, wants: Readiness) {
        self.descriptor = descriptor
        self.wants = wants
    }
}

/// Sleeps until one of the descriptors is ready, or the time is over (nil: never), and returns how many are.
///
/// Signals do not end the wait and do not make it longer. An item with a negative descriptor is passed over.
@discardableResult
package func poll(_ items: inout [PollItem], timeout: Duration?) throws(SystemError) -> Int {
    let start = Clock.monotonic()
    let limit = timeout?.nanoseconds
    var list = items.map { pollfd(fd: $0.descriptor, events: $0.wants.rawValue, revents: 0) }
    let count = UInt64(list.count)
    let ready = try system(.poll) {
        // Saturating, as a wait of Int64.max nanoseconds is a valid one.
        let spent = Int64(clamping: Clock.monotonic() - start)
        // Safe: the kernel fills the array, whose length it is told.
        return unsafe procession_poll(&list, count, limit.map { max(0, $0 - spent) } ?? -1)
    }
    for index in items.indices { items[index].ready = Readiness(rawValue: list[index].revents) }
    return Int(ready)
}
