import Glibc
import ProcessionCommandSystem
import ProcessionSystem

/// The files of a run: what it reads, and the door by which it opens what it writes.
///
/// First all are looked at and nothing is changed: no two of them may be one. What is written is made, emptied and
/// locked when the run begins and nothing can be refused any more.
final class RunFiles {
    let input: Descriptor
    let output: OutputFile
    let statistics: StatisticsFile?

    /// - Parameters:
    ///   - growsInPlace: Whether the output grows under its own name.
    ///   - checkpoint: Where progress is recorded.
    init(
        input inputPath: String?, output outputPath: String?, statistics statisticsPath: String?,
        growsInPlace: Bool, checkpoint checkpointPath: String?
    ) throws(Exit) {
        input = try Self.openInput(inputPath)
        output = try OutputFile(outputPath ?? "-", growsInPlace: growsInPlace)
        var reports: StatisticsFile?
        if let statisticsPath { reports = try StatisticsFile(statisticsPath) }
        statistics = reports

        var claims = FileClaims()
        try claims.add(input.number, as: .input)
        try claims.addStreams(records: output.target.stream, statistics: reports?.target.stream)
        try claims.add(output.target.identity, as: .output, named: outputPath)
        try claims.add(reports?.target.identity, as: .statistics, named: statisticsPath)
        // A link is no checkpoint.
        let checkpoint = checkpointPath.flatMap { File.identity(of: $0, follows: false) }
        try claims.add(checkpoint, as: .checkpoint, named: checkpointPath)
    }

    /// Makes ready what is written, and returns what the records are written to.
    func begin() throws -> Descriptor {
        try statistics?.begin()
        return try output.begin()
    }

    private static func openInput(_ path: String?) throws(Exit) -> Descriptor {
        guard let path, path != "-" else { return Descriptor(owning: STDIN_FILENO) }
        do {
            return try File.open(path, O_RDONLY)
        } catch {
            throw Exit(.usage, "cannot open \(shown(path: path)): \(error.reason)")
        }
    }
}

/// What a run writes to, by the name that it was given: opened, if it is there, without any change.
final class WrittenTarget {
    let role: FileRole
    let path: String
    /// The descriptor that the name means by its number.
    let stream: Int32?
    /// What is there.
    private var opened: Descriptor?
    /// The number to write by, once something is there.
    private(set) var number: Int32?
    /// Of a regular file, or of one that will be made; nil for everything else.
    let identity: FileIdentity?
    /// Whether it is a regular file, or will be one.
    let isFile: Bool

    init(_ path: String, as role: FileRole, _ flags: Int32) throws(Exit) {
        self.path = path
        self.role = role
        stream = File.descriptor(named: path)
        do throws(SystemError) {
            let found = try Self.open(path, stream, flags)
            number = found.number
            // A stream may be closed; that is found when it is written.
            let status = stream == nil ? try File.status(of: found.number) : nil
            isFile = status?.isRegular == true
            identity = isFile ? status?.identity : nil
            opened = consume found
        } catch {
            guard error.isMissingFile, stream == nil, !path.isEmpty else { throw Self.failure(path, error) }
            isFile = true
            identity = File.identity(of: path)
        }
    }

    private static func open(_ path: String, _ stream: Int32?, _ flags: Int32) throws(SystemError) -> Descriptor {
        guard let stream else { return try File.open(path, flags | O_NOCTTY) }
        // Closed with its last owner, so that a reader sees the end.
        return stream == STDOUT_FILENO ? Descriptor(owning: stream) : try File.duplicate(stream)
    }

    /// Makes the file, if there is none.
    func make(_ flags: Int32) throws(Exit) {
        guard number == nil else { return }
        do throws(SystemError) {
            let made = try File.open(path, flags | O_CREAT)
            number = made.number
            opened = consume made
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// Hands over what is there.
    func take() -> Descriptor { opened.take()! }

    /// Refuses a file that another run writes in place. A file system without locks refuses nothing.
    func lock(shared: Bool) throws(Exit) {
        guard isFile, let number, (try? File.lock(number, shared: shared)) == false else { return }
        throw inUse
    }

    var inUse: Exit {
        Exit(
            .usage,
            "\(role.rawValue) \(shown(path: path)): it is in use by another run; wait for its end, or name another file"
        )
    }

    static func failure(_ path: String, _ error: SystemError) -> Exit {
        Exit(.outputFailed, "cannot write \(path == "-" ? "standard output" : shown(path: path)): \(error.reason)")
    }
}
