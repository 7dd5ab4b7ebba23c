import CProcessionShims
import Glibc

/// How a child process came to its end.
package enum Ending: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)
    /// It is gone, and somebody else has its status: the host ignores SIGCHLD, or waits for all children, or this child
    /// was reaped before.
    case statusLost

    /// By SIGKILL, as the kernel does when memory runs out.
    package var isKill: Bool { self == .signalled(SIGKILL) }

    package var description: String {
        switch self {
        case .exited(let status): "exited with \(status)"
        case .signalled(let signal): "was killed by \(Self.signalName(signal))"
        case .statusLost: "child status lost"
        }
    }

    /// "SIGSEGV"; "signal 40" for one that has no name.
    package static func signalName(_ signal: Int32) -> String {
        // Safe: static text or NULL, for every number.
        guard let name = unsafe procession_signal_name(signal) else { return "signal \(signal)" }
        return unsafe "SIG" + String(cString: name)
    }
}
