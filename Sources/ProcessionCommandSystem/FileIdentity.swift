import Glibc
package import ProcessionSystem

/// What makes a file the same under all its names.
package struct FileIdentity: Equatable, Sendable {
    private let device: UInt
    private let inode: UInt
    /// Of a file that is not there yet, the name that it would have in the directory; else empty.
    private let name: [UInt8]

    init(_ status: stat, name: [UInt8] = []) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        self.name = name
    }
}

extension File {
    /// The identity of a regular file, or of one that would be made; nil for what is neither.
    ///
    /// - Parameter follows: Whether a symbolic link stands for the file that it leads to.
    package static func identity(of path: String, follows: Bool = true) -> FileIdentity? {
        var status = stat()
        // Safe: fills the structure it is given; the path lives during the call.
        let flags = follows ? 0 : AT_SYMLINK_NOFOLLOW
        do throws(SystemError) {
            _ = try system(.stat) { unsafe fstatat(AT_FDCWD, path.givenCString, &status, flags) }
            return status.st_mode & S_IFMT == S_IFREG ? FileIdentity(status) : nil
        } catch {
            guard error.isMissingFile, let target = try? resolved(path) else { return nil }
            let found = try? system(.stat) { unsafe fstatat(AT_FDCWD, directory(of: target).givenCString, &status, 0) }
            return found.map { _ in FileIdentity(status, name: name(of: target).givenBytes) }
        }
    }

    /// The path at the end of a chain of symbolic links, whether a file is there or not.
    static func resolved(_ path: String) throws(SystemError) -> String {
        var path = path
        for _ in 0..<40 {
            guard let target = linkTarget(of: path) else { return path }
            path = target.utf8.first == slash ? target : directory(of: path) + target
        }
        throw SystemError(call: .readLink, code: ELOOP)
    }

    /// Where a symbolic link leads; nil for anything else (`readlink`).
    private static func linkTarget(of path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        // Safe: fills the array, whose length it is told; the path lives during the call.
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            try? system(.readLink) {
                unsafe readlink(
                    path.givenCString, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
            }
        }
        return count.map { String(given: Array(bytes[..<$0])) }
    }

    private static let slash = UInt8(ascii: "/")

    /// What stands before the name in a path, with its slash.
    static func directory(of path: String) -> String {
        path.utf8.lastIndex(of: slash).map { String(path[...$0]) } ?? "./"
    }

    static func name(of path: String) -> String {
        path.utf8.lastIndex(of: slash).map { String(path[path.utf8.index(after: $0)...]) } ?? path
    }

    /// A second descriptor of the same open file.
    package static func duplicate(_ descriptor: Int32) throws(SystemError) -> Descriptor {
        try Descriptor(.duplicate) { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
    }

    /// The descriptor that a path means by its number, as /dev/stdout and /dev/fd/3 do; nil for every other path.
    ///
    /// To open such a path would begin anew at the start of the file.
    package static func descriptor(named path: String) -> Int32? {
        switch path {
        case "/dev/stdin": return 0
        case "-", "/dev/stdout": return 1
        case "/dev/stderr": return 2
        default:
            for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
                return Int32(path.dropFirst(prefix.count))
            }
            return nil
        }
    }
}
