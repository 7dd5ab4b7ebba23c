import Glibc
import ProcessionCommandSystem
import ProcessionSystem

/// The file of a checkpoint, which no other run can have while this one does.
///
/// The lock goes with the last reference, and with the process, however it ends.
final class LockedFile {
    private let descriptor: Descriptor

    private init(_ descriptor: consuming Descriptor) throws {
        self.descriptor = descriptor
        guard try File.lock(self.descriptor.number) else { throw CheckpointRefusal.isLocked }
    }

    var number: Int32 { descriptor.number }

    /// Opens and locks what is there; nil when nothing is.
    static func open(_ path: String) throws -> LockedFile? {
        do {
            // Not to wait for the other end of what turns out to be a pipe.
            let descriptor = try File.open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
            guard try File.status(of: descriptor.number).isRegular else { throw CheckpointRefusal.isNoFile }
            return try LockedFile(descriptor)
        } catch let error as SystemError {
            switch error.code {
            case ENOENT: return nil
            case ELOOP: throw CheckpointRefusal.isLink
            case EISDIR: throw CheckpointRefusal.isNoFile
            default: throw error
            }
        }
    }

    /// Makes and locks a new file. Where there is one now, another run has just made it.
    static func create(_ path: String) throws -> LockedFile {
        do {
            return try LockedFile(File.open(path, O_RDWR | O_CREAT | O_EXCL))
        } catch let error as SystemError where error.code == EEXIST {
            throw CheckpointRefusal.isLocked
        }
    }
}
