import CProcessionShims
import Glibc

/// Reading and writing by descriptor number.
package enum File {
    /// Opens a file, close-on-exec and never at 0, 1 or 2; `mode` matters only with `O_CREAT`. A path is given text.
    package static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o666) throws(SystemError) -> Descriptor {
        // Safe: Swift passes the path as a C string that lives during the call.
        try Descriptor(.open) { unsafe Glibc.open(path.givenCString, flags | O_CLOEXEC, mode) }
    }

    /// What a descriptor leads to: `S_IFREG` and its like.
    static func kind(of descriptor: Int32) throws(SystemError) -> mode_t {
        var status = stat()
        // Safe: fills the structure it is given.
        _ = try system(.fstat) { unsafe fstat(descriptor, &status) }
        return status.st_mode & S_IFMT
    }

    /// Whether what is written goes to a file or a device, and not to another process.
    package static func isKept(_ descriptor: Int32) -> Bool {
        guard let kind = try? kind(of: descriptor) else { return false }
        return kind != S_IFIFO && kind != S_IFSOCK
    }

    /// Makes a pipe as long as the kernel lets anybody have it, so that its ends wait for each other less often.
    /// Anything else, and a pipe that may not be longer, stays as it is. Returns how many bytes it holds.
    @discardableResult
    package static func lengthenPipe(_ descriptor: Int32) -> Int? {
        let count = Int(procession_lengthen_pipe(descriptor))
        return count < 0 ? nil : count
    }

    /// The user whose file it is.
    package static func owner(of descriptor: Int32) throws(SystemError) -> UInt32 {
        var status = stat()
        // Safe: fills the structure it is given.
        _ = try system(.fstat) { unsafe fstat(descriptor, &status) }
        return status.st_uid
    }

    /// How many bytes a file holds.
    package static func size(of descriptor: Int32) throws(SystemError) -> Int {
        var status = stat()
        // Safe: fills the structure it is given.
        _ = try system(.fstat) { unsafe fstat(descriptor, &status) }
        return Int(status.st_size)
    }

    /// Reads what there is, at most as much as the buffer holds; 0 is the end of the file.
    ///
    /// On a non-blocking descriptor without data it throws EAGAIN.
    package static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int
    {
        // Safe: the caller owns the buffer, and its length is passed along.
        try system(.read, moving: buffer.count) { unsafe Glibc.read(descriptor, buffer.baseAddress, $0) }
    }

    /// The same into a span.
    package static func read(_ descriptor: Int32, into span: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
        // Safe: the span is borrowed for the call.
        try unsafe span.withUnsafeMutableBytes { bytes throws(SystemError) in
            try unsafe read(descriptor, into: bytes)
        }
    }

    /// Writes all bytes, waiting where the descriptor is non-blocking and full.
    package static func write(_ descriptor: Int32, all bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try unsafe write(descriptor, all: [bytes])
    }

    /// The same from a span.
    package static func write(_ descriptor: Int32, all span: Span<UInt8>) throws(SystemError) {
        // Safe: the span is borrowed for the call.
        try unsafe span.withUnsafeBytes { bytes throws(SystemError) in
            try unsafe write(descriptor, all: bytes)
        }
    }

    /// The same from a text, which may be given text.
    package static func write(_ descriptor: Int32, text: String) throws(SystemError) {
        try write(descriptor, all: text.givenBytes.span)
    }

    /// Writes all bytes of all buffers in order, with as few calls as the kernel allows, waiting where the descriptor
    /// is non-blocking and full.
    package static func write(_ descriptor: Int32, all buffers: [UnsafeRawBufferPointer]) throws(SystemError) {
        // Safe: the caller keeps the bytes during the call.
        var queue = unsafe WriteQueue(buffers)
        while !queue.isEmpty {
            if try queue.write(to: descriptor) { continue }
            var item = [PollItem(descriptor: descriptor, wants: .write)]
            try poll(&item, timeout: nil)
        }
    }

    /// The whole of a file that is small and grows under nobody's hand, as those of /proc are.
    package static func contents(of path: String) throws(SystemError) -> [UInt8] {
        let file = try open(path, O_RDONLY)
        return try rest(of: file.number)
    }

    /// All bytes of a file from the place where it is read next.
    package static func rest(of descriptor: Int32) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            var span = part.mutableSpan
            let count = try read(descriptor, into: &span)
            if count == 0 { return bytes }
            bytes += part[..<count]
        }
    }
}
