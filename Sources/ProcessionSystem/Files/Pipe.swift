import CProcessionShims

/// Both ends of a pipe, of which ours does not block, and the other one is a child's.
package struct Pipe: ~Copyable {
    package let reading, writing: Descriptor

    package init(weRead: Bool) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        // Safe: fills the two numbers it is given.
        _ = try system(.pipe) { unsafe procession_pipe(&ends, weRead ? 1 : 0) }
        let first = Descriptor(owning: ends[0])
        let second = Descriptor(owning: ends[1])
        self.init(try first.lifted(), try second.lifted())
    }

    private init(_ reading: consuming Descriptor, _ writing: consuming Descriptor) {
        self.reading = reading
        self.writing = writing
    }

    /// Closes the other end.
    package consuming func takeReading() -> Descriptor { reading }

    /// Closes the other end.
    package consuming func takeWriting() -> Descriptor { writing }
}
