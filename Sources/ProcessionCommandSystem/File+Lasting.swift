import CProcessionShims
import Glibc
package import ProcessionSystem

/// What a file is, and what it keeps beyond a process: places in it, what is safe on the disk, who has it.
extension File {
    /// What the kernel says of a file without reading it.
    package struct Status: Equatable, Sendable {
        package let isRegular: Bool
        package let size: Int
        /// When its bytes were last changed, in nanoseconds since 1970.
        package let modified: Int
        package let identity: FileIdentity

        init(_ status: stat) {
            isRegular = status.st_mode & S_IFMT == S_IFREG
            size = Int(status.st_size)
            modified = Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
            identity = FileIdentity(status)
        }
    }

    package static func status(of descriptor: Int32) throws(SystemError) -> Status {
        var status = stat()
        // Safe: fills the structure it is given.
        _ = try system(.fstat) { unsafe fstat(descriptor, &status) }
        return Status(status)
    }

    // MARK: Places

    /// The offset at which it is read or written next; nil for what has no such place, as a pipe.
    package static func place(of descriptor: Int32) -> Int? {
        try? Int(system(.lseek) { lseek(descriptor, 0, SEEK_CUR) })
    }

    /// How many bytes a file holds behind the place where it is read next; nil for what is no regular file.
    package static func remaining(_ descriptor: Int32) -> Int? {
        guard let place = place(of: descriptor), let status = try? status(of: descriptor), status.isRegular else {
            return nil
        }
        return max(0, status.size - place)
    }

    /// Reads and writes at this offset next (`lseek`).
    package static func seek(_ descriptor: Int32, to offset: Int) throws(SystemError) {
        _ = try system(.lseek) { lseek(descriptor, offset, SEEK_SET) }
    }

    /// Reads what there is at an offset, at most as much as the span holds; 0 is the end of the file (`pread`).
    package static func read(
        _ descriptor: Int32, at offset: Int, into span: inout MutableSpan<UInt8>
    ) throws(SystemError) -> Int {
        // Safe: the span is borrowed for the call, and its length is passed along.
        try unsafe span.withUnsafeMutableBytes { bytes throws(SystemError) in
            try system(.pread) { unsafe pread(descriptor, bytes.baseAddress, bytes.count, offset) }
        }
    }

    /// Writes all bytes at an offset (`pwrite`).
    package static func write(_ descriptor: Int32, all bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            // Safe: the span is borrowed for the call, and its length is passed along.
            done += try unsafe bytes.extracting(done...).withUnsafeBytes { bytes throws(SystemError) in
                try system(.pwrite) { unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, offset + done) }
            }
        }
    }

    /// Cuts a file off, or fills it up with zeros (`ftruncate`).
    package static func setSize(of descriptor: Int32, to size: Int) throws(SystemError) {
        _ = try system(.ftruncate) { ftruncate(descriptor, size) }
    }

    // MARK: Safety

    /// Waits until the bytes of a file and its size are on the disk (`fdatasync`).
    ///
    /// When it fails, what was written may be lost, and asking again would not tell.
    package static func sync(_ descriptor: Int32) throws(SystemError) {
        _ = try system(.fdatasync) { fdatasync(descriptor) }
    }

    /// Waits until the name of a file that was made lately is on the disk (`fsync` of its directory; that of the file
    /// which a symbolic link leads to).
    package static func syncName(of path: String) throws(SystemError) {
        let directory = try open(directory(of: resolved(path)), O_RDONLY | O_DIRECTORY)
        _ = try system(.fsync) { fsync(directory.number) }
    }

    /// Takes the file for this process until the descriptor is closed (`flock`); false when another has it. With others
    /// that take it as `shared`, it can be shared. Where the file system has no locks, nobody has it.
    package static func lock(_ descriptor: Int32, shared: Bool = false) throws(SystemError) -> Bool {
        do {
            _ = try system(.flock) { procession_lock(descriptor, shared ? 1 : 0) }
            return true
        } catch  where error.code == EWOULDBLOCK {
            return false
        } catch  where [ENOSYS, ENOLCK, EOPNOTSUPP].contains(error.code) {
            return true
        }
    }
}
