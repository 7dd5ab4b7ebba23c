import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// The directory that all shards of a run write to, each attempt under names of its own.
///
/// No two attempts ever write one file, and none removes or renames what is another's. A shard is settled by one
/// `rename`, of its manifest; of two attempts that end together the last one's counts, and both are right.
struct ShardDirectory {
    let path: String

    init(_ path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    func path(of name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    /// A shard's number as its files' names begin, so that these are in order.
    static func digits(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    static func manifestName(_ shard: Int) -> String { digits(shard) + ".json" }

    /// The shard that a file's name speaks of, if it is one of ours.
    static func shard(of name: String) -> Int? {
        let digits = name.prefix { $0 != "." }
        guard digits.utf8.count >= 5, digits.utf8.count < name.utf8.count, let number = Int(digits), number >= 0,
            Self.digits(number) == digits
        else { return nil }
        return number
    }

    // MARK: Plan and manifests

    /// The plan that is there, if there is one.
    func plan() throws -> ShardPlan? {
        let path = path(of: ShardPlan.name)
        guard let bytes = try contents(of: ShardPlan.name) else { return nil }
        return try ShardPlan(parsing: bytes, named: path)
    }

    /// Leaves the plan where there is none. Whoever else does so meanwhile has written the same, or is found out by the
    /// reading that follows.
    func leave(_ plan: ShardPlan, by attempt: String) throws {
        try write(plan.text, as: ShardPlan.name, by: attempt)
    }

    enum Found: Equatable {
        case nothing
        /// It is torn, or not yet to be seen whole.
        case damaged
        case whole(ShardManifest)

        var manifest: ShardManifest? { if case .whole(let manifest) = self { manifest } else { nil } }
    }

    func manifest(of shard: Int) throws -> Found {
        guard let bytes = try contents(of: Self.manifestName(shard)) else { return .nothing }
        return ShardManifest(parsing: bytes).map { .whole($0) } ?? .damaged
    }

    func leave(_ manifest: ShardManifest) throws {
        let name = Self.manifestName(manifest.shard.number)
        do throws(SystemError) {
            try write(manifest.text, as: name, by: manifest.attempt)
        } catch {
            // On a network the answer to a rename may be lost that was done.
            guard try self.manifest(of: manifest.shard.number).manifest?.attempt == manifest.attempt else {
                throw error
            }
        }
    }

    private func contents(of name: String) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) {
            return try File.contents(of: path(of: name))
        } catch  where error.isMissingFile {
            return nil
        }
    }

    /// Gives a file its name when it is whole and on the disk.
    private func write(_ text: String, as name: String, by attempt: String) throws(SystemError) {
        let own = path(of: attempt + ".tmp")
        let file = try File.open(own, O_WRONLY | O_CREAT | O_TRUNC)
        try File.write(file.number, text: text)
        try File.sync(file.number)
        try File.rename(own, to: path(of: name))
        // Not every directory can be synced.
        try? File.syncName(of: path(of: name))
    }
}

/// One try to map a shard, and the files that are its own: by host, process and chance, and by no clock.
struct ShardAttempt {
    let directory: ShardDirectory
    let name: String

    init(_ shard: Shard, in directory: ShardDirectory) {
        self.directory = directory
        let chance = String(RandomSeed.random64() & 0xFFFF_FFFF, radix: 16)
        name =
            "\(ShardDirectory.digits(shard.number)).\(Here.host).\(Here.process)."
            + String(repeating: "0", count: 8 - chance.count) + chance
    }

    /// The texts; with `--split` those of a column.
    func dataName(column: Int = 0) -> String { name + (column > 0 ? ".\(column)" : "") + ".out" }
    var output: String { directory.path(of: dataName()) }
    var checkpoint: String { directory.path(of: name + ".ckpt") }

    /// Removes what this attempt has made, but not its texts where they are to stay.
    func remove(keepsTexts: Bool) {
        for path in [checkpoint, failures] { try? File.remove(path) }
        if !keepsTexts { try? File.remove(output) }
    }

    /// Removes what has no use once the attempt has ended, however it did.
    func end() { try? File.remove(directory.path(of: name + ".tmp")) }

    /// The first records that failed.
    var failures: String { directory.path(of: name + ".failed") }

    /// Milliseconds since 1970 as the file system has them, which is one clock for all machines.
    func now() throws(SystemError) -> Int {
        let file = try File.open(directory.path(of: name + ".tmp"), O_WRONLY | O_CREAT | O_TRUNC)
        try File.write(file.number, text: "\n")
        return try File.status(of: file.number).modified / 1_000_000
    }

    // MARK: Adoption

    /// Copies what another attempt has come to, that which has come farthest: its checkpoint first, then so much of its
    /// texts as that names. It may go on meanwhile, for what lies before a claimed place never changes.
    ///
    /// - Returns: The first records that failed there.
    func adopt(_ shard: Shard, _ header: CheckpointHeader) throws -> [ShownFailure] {
        var found: [(name: String, log: CheckpointLog, last: CheckpointEntry, bytes: [UInt8])] = []
        for file in try File.names(in: directory.path)
        where ShardDirectory.shard(of: file) == shard.number && file.hasSuffix(".ckpt") {
            guard let bytes = try? File.contents(of: directory.path(of: file)),
                let log = try? CheckpointLog(parsing: bytes), let last = log.last, log.header == header
            else { continue }
            found.append((String(file.dropLast(5)), log, last, bytes))
        }
        found.sort {
            ($0.last.isComplete ? 1 : 0, $0.last.position.records) > (
                $1.last.isComplete ? 1 : 0, $1.last.position.records
            )
        }
        for candidate in found {
            let notes = FailureNotes.noted(
                in: directory.path(of: candidate.name + ".failed"), before: candidate.last.position.records)
            let log = candidate.bytes[..<candidate.log.end]
            if try copy(candidate.name, log, candidate.last, notes) { return notes }
        }
        return []
    }

    /// False where the other attempt's texts are not what its checkpoint says.
    private func copy(
        _ other: String, _ checkpoint: ArraySlice<UInt8>, _ last: CheckpointEntry, _ notes: [ShownFailure]
    ) throws -> Bool {
        guard let source = try? File.open(directory.path(of: other + ".out"), O_RDONLY) else { return false }
        let target = try File.open(output, O_RDWR | O_CREAT | O_EXCL)
        let count = last.position.output.bytes
        var (buffer, offset) = ([UInt8](repeating: 0, count: 1 << 20), 0)
        while offset < count {
            var span = buffer.mutableSpan
            let read = min(try File.read(source.number, at: offset, into: &span), count - offset)
            if read == 0 { break }
            try File.write(target.number, all: buffer.span.extracting(first: read), at: offset)
            offset += read
        }
        guard offset == count, try CRC64(ofTail: target.number, before: last.position.output).value == last.tailSum
        else {
            try? File.remove(output)
            return false
        }
        try File.sync(target.number)
        // The checkpoint comes last: whoever adopts it finds all that it speaks of.
        try FailureNotes.write(notes, to: failures)
        let log = try File.open(self.checkpoint, O_WRONLY | O_CREAT | O_EXCL)
        try File.write(log.number, all: checkpoint.span, at: 0)
        try File.sync(log.number)
        return true
    }
}
