import CProcessionShims
import Glibc

/// The running program, as far as its copies are concerned.
package enum Program {
    /// The file that the entry of workers was loaded from; nil where /proc does not tell.
    package static var entryFile: String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        // Safe: fills the array, whose length it is told.
        let count = unsafe procession_find_entry(&path, path.count)
        return count > 0 ? String(decoding: path[..<Int(count)].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    /// The file that a copy would be started from; nil where /proc does not tell.
    package static var executable: String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        // Safe: fills the array, whose length it is told.
        guard let count = try? system(.readLink, { unsafe readlink("/proc/self/exe", &path, path.count) }) else {
            return nil
        }
        return String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// It was given rights that who has started it does not have.
    package static var isPrivileged: Bool { procession_is_privileged() != 0 }

    /// Whether children can be given /dev/null.
    package static var hasNull: Bool { (try? File.open("/dev/null", O_RDWR)) != nil }
}

/// The process in which a value was made; after `fork`, the value is in a copy of it too, to whom nothing belongs that
/// the value stands for.
package struct Birthplace: Sendable {
    private let forks = procession_count_forks()

    package init() {}

    package var isHere: Bool { procession_count_forks() == forks }
}
