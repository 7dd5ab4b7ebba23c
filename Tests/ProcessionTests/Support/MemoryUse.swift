import Glibc
import ProcessionSystem

/// How much memory this process and its workers take, as the kernel tells it.
struct MemoryUse {
    /// Bytes of this process's resident memory, with what it shares.
    let resident: Int
    /// Bytes that its memory files have, whoever maps them.
    let shared: Int
    /// Bytes of the workers' own memory, all together.
    let workers: Int

    init() throws {
        resident = Self.bytes("Rss", of: "self")
        shared = try ResourceCensus.openDescriptors().filter { $0.value.contains("/memfd:procession-") }.keys
            .reduce(0) { $0 + Self.blocks(of: $1) }
        workers = try ResourceCensus.children().reduce(0) { $0 + Self.bytes("Private_Dirty", of: "\($1)") }
    }

    /// Bytes by which more is taken than before, wherever.
    func growth(since before: MemoryUse) -> Int {
        max(resident - before.resident, 0) + max(shared - before.shared, 0) + max(workers - before.workers, 0)
    }

    private static func bytes(_ name: String, of process: String) -> Int {
        let table = try? File.contents(of: "/proc/\(process)/smaps_rollup")
        return table.flatMap { Machine.field(name, in: String(decoding: $0, as: UTF8.self)) }.map { $0 << 10 } ?? 0
    }

    /// Bytes that a file takes.
    static func blocks(of descriptor: Int32) -> Int {
        var status = stat()
        // Safe: the structure lives during the call.
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }
}

extension Int {
    static func mebibytes(_ count: Int) -> Int { count << 20 }
}
