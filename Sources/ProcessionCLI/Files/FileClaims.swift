import Glibc
import ProcessionCommandSystem
import ProcessionSystem

/// What a file or stream is to a run.
enum FileRole: String {
    case input, output, statistics, checkpoint
    case standardOutput = "standard output"
    case standardError = "standard error"

    /// As what another file is refused for being it.
    fileprivate var reason: String {
        switch self {
        case .input, .output, .checkpoint: "is the \(rawValue)"
        case .statistics: "is where the statistics go"
        case .standardOutput, .standardError: "is where \(rawValue) goes"
        }
    }
}

/// Who has which file, so that no file of a run is two things. Only regular files can be: a terminal or a device may be
/// input and output.
struct FileClaims {
    private var claims: [(role: FileRole, file: FileIdentity)] = []

    /// Claims a file that is open.
    mutating func add(_ descriptor: Int32, as role: FileRole) throws(Exit) {
        try add(Self.identity(of: descriptor), as: role)
    }

    /// Claims a file, unless it is one that may be several things; then there is nothing to compare.
    mutating func add(_ file: FileIdentity?, as role: FileRole, named path: String? = nil) throws(Exit) {
        guard let file else { return }
        if let other = claims.first(where: { $0.file == file }) {
            // The shell may send both to one file.
            if role == .standardError, other.role == .standardOutput { return }
            let subject = path.map { "\(role.rawValue) \(shown(path: $0)): it" } ?? role.rawValue
            throw Exit(.usage, "\(subject) \(other.role.reason); name another file")
        }
        claims.append((role, file))
    }

    /// Claims the standard streams, and those that records and statistics go to by their number.
    mutating func addStreams(records: Int32?, statistics: Int32?) throws(Exit) {
        guard records == nil || records != statistics else {
            throw Exit(.usage, "records and statistics cannot both go to one stream; name a file")
        }
        let isUsed = records == STDOUT_FILENO || statistics == STDOUT_FILENO
        if isUsed { try add(STDOUT_FILENO, as: .standardOutput) }
        for number in [records, statistics] {
            if let number, number > STDERR_FILENO { try add(number, as: number == records ? .output : .statistics) }
        }
        try add(STDERR_FILENO, as: .standardError)
        // Where nothing goes to standard output it may even be the input; but no other file.
        if !isUsed, let file = Self.identity(of: STDOUT_FILENO) { claims.append((.standardOutput, file)) }
    }

    private static func identity(of descriptor: Int32) -> FileIdentity? {
        guard let status = try? File.status(of: descriptor), status.isRegular else { return nil }
        return status.identity
    }
}
