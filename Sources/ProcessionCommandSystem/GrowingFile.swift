import CProcessionShims
import Glibc
package import ProcessionSystem

/// A file that grows beside another, and takes its place when it is whole.
///
/// Until then what has the name keeps it. The kernel turns a name from one file to another in one step (`rename`):
/// whoever opens it finds the one or the other. What `kill -9` leaves is the file beside.
package final class GrowingFile {
    /// Where it grows: the name it will have with `.partial-` and the number of this process behind.
    package let path: String
    private let target: String
    private let descriptor: Descriptor

    /// - Parameters:
    ///   - path: The name it will have. Where a symbolic link has it, the file that this leads to is replaced.
    ///   - existing: The file that has the name now, whose owner and mode it takes over; it fails where it cannot.
    package init(beside path: String, like existing: Int32?) throws(SystemError) {
        target = try File.resolved(path)
        if let existing, procession_is_mount_point(existing) == 1 { throw SystemError(call: .rename, code: EBUSY) }
        var own = try Self.stem(beside: target)
        descriptor = try Self.make(&own)
        self.path = own
        guard let existing else { return }
        do throws(SystemError) {
            try Self.liken(descriptor.number, to: existing)
        } catch {
            _ = abandon()
            throw error
        }
    }

    private static func stem(beside target: String) throws(SystemError) -> String {
        var name = File.name(of: target)
        guard !name.isEmpty else { throw SystemError(call: .open, code: EISDIR) }
        // A name holds 255 bytes.
        while name.givenBytes.count > 200 { name.removeLast() }
        let directory = target.utf8.contains(UInt8(ascii: "/")) ? File.directory(of: target) : ""
        return directory + name + ".partial-\(getpid())"
    }

    /// A new file at this path, or at one that no other run uses.
    private static func make(_ path: inout String) throws(SystemError) -> Descriptor {
        let stem = path
        var attempt = 1
        while true {
            do throws(SystemError) {
                return try File.open(path, O_WRONLY | O_CREAT | O_EXCL)
            } catch  where error.code == EEXIST && attempt < 1000 {
                // Left by a process that had our number, perhaps on another machine.
                attempt += 1
                path = "\(stem)-\(attempt)"
            }
        }
    }

    private static func liken(_ descriptor: Int32, to existing: Int32) throws(SystemError) {
        var (own, other) = (stat(), stat())
        // Safe: fills the structures it is given.
        _ = try system(.fstat) { unsafe fstat(descriptor, &own) }
        _ = try system(.fstat) { unsafe fstat(existing, &other) }
        if (own.st_uid, own.st_gid) != (other.st_uid, other.st_gid) {
            _ = try system(.fchown) { fchown(descriptor, other.st_uid, other.st_gid) }
        }
        if own.st_mode != other.st_mode { _ = try system(.fchmod) { fchmod(descriptor, other.st_mode & 0o777) } }
    }

    /// A descriptor to write it by.
    package func writer() throws(SystemError) -> Descriptor { try descriptor.duplicate() }

    /// Gives it the name, once its bytes are on the disk: after a power failure, too, the name means a whole file.
    ///
    /// Throws EBUSY where the name now belongs to a file that another process has locked.
    package func takePlace() throws(SystemError) {
        if let other = try? File.open(target, O_WRONLY | O_NONBLOCK),
            (try? File.lock(other.number, shared: true)) == false
        {
            throw SystemError(call: .flock, code: EBUSY)
        }
        try File.sync(descriptor.number)
        // Safe: both paths live during the call.
        _ = try system(.rename) { unsafe rename(path.givenCString, target.givenCString) }
    }

    /// Leaves it where it has grown, and returns that name; an empty one is removed.
    package func abandon() -> String? {
        guard (try? File.size(of: descriptor.number)) == 0 else { return path }
        // Safe: the path lives during the call.
        _ = try? system(.unlink) { unsafe unlink(path.givenCString) }
        return nil
    }
}
