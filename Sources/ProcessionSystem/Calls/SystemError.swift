import CProcessionShims
import Glibc

/// A system call that failed, and why.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: SystemCall
    /// The `errno` the call left.
    package let code: Int32

    package init(call: SystemCall, code: Int32) {
        self.call = call
        self.code = code
    }

    /// There is nothing to be read at the moment (EAGAIN).
    package var isNothingYet: Bool { code == EAGAIN }

    /// What was to be opened or started is not there (ENOENT).
    package var isMissingFile: Bool { code == ENOENT }

    /// The kernel does not know the call, or somebody forbids what every program may do.
    package var isUnavailable: Bool { code == ENOSYS || code == EPERM && call.needsNoPermission }

    /// For example "memfd_create: Cannot allocate memory (ENOMEM)"; with the way out where that is always the same.
    package var description: String {
        // Safe: static text or NULL, for every number.
        guard let name = unsafe procession_error_name(code) else { return "\(call.name): \(reason)" }
        let known = unsafe "\(call.name): \(reason) (\(String(cString: name)))"
        return isUnavailable ? known + "; Linux is older than 5.4, or a sandbox must be told to allow the call" : known
    }

    /// For example "Cannot allocate memory": for sentences that say what was tried.
    package var reason: String {
        // Safe: static text or NULL, for every number.
        guard let text = unsafe procession_error_text(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

/// Every call the product makes that can fail: the names in its errors, and its numbered fault points.
package enum SystemCall: Int32, CaseIterable, Sendable {
    case memfdCreate, ftruncate, getResourceLimit, addSeals, getSeals, reserve, punchHole
    case mmap, munmap, madvise
    case open, close, stat, fstat, duplicate, read, write, writev, readDirectory, readLink
    case eventfd, poll, futexWait, futexWake
    case pipe, posixSpawn, pidfdOpen, pidfdSendSignal, waitid
    case pthreadCreate, getAffinity, setAffinity, getrandom, prctl, sigaction
    case signalMask, signalfd, terminalSize, unreadBytes
    case lseek, pread, pwrite, fdatasync, fsync, flock
    case rename, unlink, fchown, fchmod, mkdir

    /// Whatever the user, the kernel answers this with EPERM only for a sandbox; or, of seals, where there are some.
    fileprivate var needsNoPermission: Bool {
        switch self {
        case .memfdCreate, .getResourceLimit, .addSeals, .eventfd, .poll, .pipe, .posixSpawn, .pidfdOpen, .waitid,
            .pthreadCreate, .getrandom, .prctl, .sigaction, .signalMask, .signalfd:
            true
        default: false
        }
    }

    package var name: String {
        switch self {
        case .memfdCreate: "memfd_create"
        case .ftruncate: "ftruncate"
        case .getResourceLimit: "getrlimit"
        case .addSeals: "fcntl(F_ADD_SEALS)"
        case .getSeals: "fcntl(F_GET_SEALS)"
        case .reserve: "fallocate"
        case .punchHole: "fallocate(FALLOC_FL_PUNCH_HOLE)"
        case .mmap: "mmap"
        case .munmap: "munmap"
        case .madvise: "madvise"
        case .open: "open"
        case .close: "close"
        case .stat: "stat"
        case .fstat: "fstat"
        case .duplicate: "fcntl(F_DUPFD_CLOEXEC)"
        case .read: "read"
        case .write: "write"
        case .writev: "writev"
        case .readDirectory: "readdir"
        case .readLink: "readlink"
        case .eventfd: "eventfd"
        case .poll: "poll"
        case .futexWait: "futex(FUTEX_WAIT)"
        case .futexWake: "futex(FUTEX_WAKE)"
        case .pipe: "pipe2"
        case .posixSpawn: "posix_spawn"
        case .pidfdOpen: "pidfd_open"
        case .pidfdSendSignal: "pidfd_send_signal"
        case .waitid: "waitid"
        case .pthreadCreate: "pthread_create"
        case .getAffinity: "sched_getaffinity"
        case .setAffinity: "sched_setaffinity"
        case .getrandom: "getrandom"
        case .prctl: "prctl"
        case .sigaction: "sigaction"
        case .signalMask: "pthread_sigmask"
        case .signalfd: "signalfd"
        case .terminalSize: "ioctl(TIOCGWINSZ)"
        case .unreadBytes: "ioctl(FIONREAD)"
        case .lseek: "lseek"
        case .pread: "pread"
        case .pwrite: "pwrite"
        case .fdatasync: "fdatasync"
        case .fsync: "fsync"
        case .flock: "flock"
        case .rename: "rename"
        case .unlink: "unlink"
        case .fchown: "fchown"
        case .fchmod: "fchmod"
        case .mkdir: "mkdir"
        }
    }
}
