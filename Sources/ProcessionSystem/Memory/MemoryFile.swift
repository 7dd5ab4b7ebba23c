import CProcessionShims
import Glibc

/// What may no longer be done to a memory file, by anybody and for ever (`fcntl(F_ADD_SEALS)`).
package struct Seals: OptionSet, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// No further seals. The numbers are the kernel's; system.c asserts them.
    package static let seal = Seals(rawValue: 1)
    package static let shrink = Seals(rawValue: 2)
    package static let grow = Seals(rawValue: 4)
    package static let write = Seals(rawValue: 8)
    /// No new writable mapping and no `write`, but mappings that are writable now stay so.
    package static let futureWrite = Seals(rawValue: 16)

    /// Whether the size is fixed, and the seals too. By the bits, because the ways of a set are not specialised across
    /// modules, and to look them up takes longer than the rest of a worker's start.
    package var fixSize: Bool { rawValue & 7 == 7 }
}

/// A file that lives in memory and has no name in any file system (`memfd_create`).
///
/// Its bytes read as zero and cost nothing until they are touched.
package struct MemoryFile: ~Copyable, Sendable {
    package let descriptor: Descriptor
    package let byteCount: Int

    /// Makes a file of `bytes` zeros. The name is for `/proc/*/maps` only.
    package init(name: String, bytes: Int) throws(SystemError) {
        precondition(bytes >= 0, "a size is not negative")
        // A size above RLIMIT_FSIZE would be answered by SIGXFSZ, which ends the process.
        guard try Self.fileSizeLimit() >= UInt64(bytes) else { throw SystemError(call: .ftruncate, code: EFBIG) }
        let descriptor = try Self.create(name: name)
        _ = try system(.ftruncate) { ftruncate(descriptor.number, bytes) }
        self.descriptor = descriptor
        self.byteCount = bytes
    }

    /// Fixes the size for ever, and with `futureWrite` refuses every writer but the mappings that exist now.
    package borrowing func seal(futureWrite: Bool) throws(SystemError) {
        let seals = Seals(rawValue: futureWrite ? 16 + 7 : 7)
        _ = try system(.addSeals) { procession_add_seals(descriptor.number, seals.rawValue) }
    }

    /// The seals of any memory file; EINVAL for a descriptor that is something else.
    package static func seals(of descriptor: Int32) throws(SystemError) -> Seals {
        Seals(rawValue: try system(.getSeals) { procession_get_seals(descriptor) })
    }

    /// Takes the pages in `range` now (`fallocate`), or throws where the kernel has none to give, ENOMEM or ENOSPC: of
    /// a page that it refuses at the first touch, the touch is SIGBUS. What they hold stays.
    package borrowing func reserve(_ range: Range<Int>) throws(SystemError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "what is reserved lies inside the file")
        guard !range.isEmpty else { return }
        _ = try system(.reserve) {
            procession_reserve(descriptor.number, Int64(range.lowerBound), Int64(range.count))
        }
    }

    /// Gives the pages in `range` back; what they held reads as zero from now on.
    ///
    /// Refused (EPERM) once `futureWrite` is sealed.
    package borrowing func punchHole(_ range: Range<Int>) throws(SystemError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a hole lies inside the file")
        guard !range.isEmpty else { return }
        _ = try system(.punchHole) {
            procession_punch_hole(descriptor.number, Int64(range.lowerBound), Int64(range.count))
        }
    }

    /// Data is never executed: `MFD_NOEXEC_SEAL` says so, and some kernels insist on it. Those before 6.3 do not know
    /// it and answer EINVAL.
    private static func create(name: String) throws(SystemError) -> Descriptor {
        do {
            return try Descriptor(.memfdCreate) { unsafe procession_memfd_create(name, 1) }
        } catch  where error.code == EINVAL {
            return try Descriptor(.memfdCreate) { unsafe procession_memfd_create(name, 0) }
        }
    }

    private static func fileSizeLimit() throws(SystemError) -> UInt64 {
        var limit = rlimit()
        // Safe: getrlimit fills the structure it is given.
        _ = try system(.getResourceLimit) { unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) }
        return UInt64(limit.rlim_cur)
    }
}
