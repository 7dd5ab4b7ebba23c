import Glibc

/// The owner of one open file descriptor, which it closes at the end of its life.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over a descriptor that is open and that nobody else will close.
    package init(owning number: Int32) {
        precondition(number >= 0, "a descriptor is not negative")
        self.number = number
    }

    /// Opens a descriptor by `body`, and never at 0, 1 or 2.
    ///
    /// Where a host has closed its standard streams, the kernel hands out their numbers first. A segment at number 2
    /// would be written over by the next message to standard error, in this process and in every worker.
    package init(_ call: SystemCall, opening body: () -> Int32) throws(SystemError) {
        let opened = Descriptor(owning: try system(call, body))
        self = try opened.lifted()
    }

    /// The same, or a duplicate that is not at 0, 1 or 2.
    consuming func lifted() throws(SystemError) -> Descriptor { number > 2 ? self : try duplicate() }

    deinit {
        givingBack(.close) { Glibc.close(number) }
    }

    /// Closes the descriptor now. To let it go out of scope does the same; this says that it is meant.
    package consuming func close() {}

    /// A second descriptor of the same open file, close-on-exec and above the standard three.
    package borrowing func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(owning: try system(.duplicate) { fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }
}
