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

/// A descriptor to be waited for, as the kernel wants to be told of it.
package struct PollItem: Sendable {
    private var item: pollfd

    package init(descriptor: Int32, wants: Readiness) {
        item = pollfd(fd: descriptor, events: wants.rawValue, revents: 0)
    }

    package var descriptor: Int32 { item.fd }
    /// Filled by `poll`.
    package var ready: Readiness { Readiness(rawValue: item.revents) }
    package var isReady: Bool { item.revents != 0 }
}

/// Sleeps until one of the descriptors is ready, or the time is over (nil: never), and returns how many are.
///
/// Signals do not end the wait and do not make it longer. An item with a negative descriptor is passed over.
@discardableResult
package func poll(_ items: inout [PollItem], timeout: Duration?) throws(SystemError) -> Int {
    let count = UInt64(items.count)
    let start = Instant.now
    var left = timeout?.nanoseconds ?? -1
    while true {
        do {
            let ready = try system(.poll, restarting: false) {
                // Safe: the kernel fills the array, whose length it is told, and of which each item is one of its own.
                unsafe items.withUnsafeMutableBytes { bytes in
                    unsafe procession_poll(bytes.baseAddress, count, left)
                }
            }
            return Int(ready)
        } catch {
            guard error.code == EINTR else { throw error }
            if let timeout { left = (start + timeout - .now).nanoseconds }
        }
    }
}
