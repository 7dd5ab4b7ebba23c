import Glibc
import Procession
import ProcessionSystem
import TestSupport
import Testing

/// Takes all the memory there is for one key, under a limit that it sets itself or the one that is there.
struct Glutton: WorkerFunction {
    var greedyKey: Int
    /// Bytes of address space; 0 for no limit of its own.
    var limit: Int

    func callAsFunction(key: Int, value: Int) -> Int {
        guard key == greedyKey else { return value * 2 }
        if limit > 0 {
            var limit = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
            // Safe: the structure lives during the call.
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        }
        var pieces: [[UInt8]] = []
        while true { pieces.append([UInt8](repeating: 1, count: 16 << 20)) }
    }
}

/// Tells how willingly the kernel should take its worker when memory runs out.
struct OutOfMemoryScore: ValueFunction {
    func callAsFunction(_ value: Int) throws -> String {
        String(decoding: try File.contents(of: "/proc/self/oom_score_adj"), as: UTF8.self)
    }
}

/// A worker that wants more memory than there is.
@Suite(.serialized) struct MemoryLimitTests {
    @Test func aRecordBeyondTheAddressSpaceCostsItselfAndNothingElse() throws {
        let pool = try WorkerPool(workers: 2)
        let results = try pool.map(Array(0..<100), Glutton(greedyKey: 50, limit: 1 << 30), onFailure: .collect)
        #expect(results.failures.map(\.index) == [50])
        #expect(results.failures.first?.cause.signal != nil)
        for index in 0..<100 where index != 50 { #expect(try results[index].get() == index * 2) }
    }

    @Test func workersOfferThemselvesToTheKernelBeforeTheirParent() throws {
        let pool = try WorkerPool(workers: 2)
        #expect(Set(try pool.map(Array(0..<50), OutOfMemoryScore())) == ["500\n"])
        #expect(try File.contents(of: "/proc/self/oom_score_adj") != Array("500\n".utf8))
    }

    @Test(.enabled(if: SmallGroup.canBeMade, "needs root and a memory control group"))
    func theKernelTakesTheWorkerAndTheMessageSaysSo() async {
        await #expect(processExitsWith: .success) {
            let group = try SmallGroup(bytes: 400 << 20)
            for _ in 0..<environment("PROCESSION_OUT_OF_MEMORY", or: 3) {
                let pool = try WorkerPool(workers: 2, retries: 0)
                let results = try pool.map(Array(0..<100), Glutton(greedyKey: 50, limit: 0), onFailure: .collect)
                #expect(
                    results.failures.map(\.description) == [
                        "record 50 (key 50): its worker was killed by SIGKILL, "
                            + "and the kernel has killed for want of memory meanwhile"
                    ])
                for index in 0..<100 where index != 50 { #expect(try results[index].get() == index * 2) }
            }
            group.leave()
        }
    }

    @Test func aKillThatIsNotTheKernelsHasNoHint() throws {
        let pool = try WorkerPool(workers: 1, retries: 0)
        let results = try pool.map([1, 2], Deadly(way: .kill, deadlyKey: 1), onFailure: .collect)
        #expect(results.failures.first?.cause.description == "its worker was killed by SIGKILL")
    }
}

/// A control group with little memory, in which this process is until it leaves.
private struct SmallGroup {
    private let path: String
    private let parent: String

    init(bytes: Int) throws {
        guard let (group, limit) = Self.make() else { throw SystemError(call: .open, code: EACCES) }
        path = group
        parent = String(group[..<group.lastIndex(of: "/")!])
        try Self.write("\(bytes)", to: limit)
        // No way out into swap space, where there is any.
        try? Self.write("0", to: "\(path)/memory.swap.max")
        try Self.write("\(getpid())", to: "\(path)/cgroup.procs")
    }

    func leave() {
        try? Self.write("\(getpid())", to: "\(parent)/cgroup.procs")
        Self.remove(path)
    }

    static var canBeMade: Bool {
        guard let (group, _) = make() else { return false }
        remove(group)
        return true
    }

    /// A new group and the file that holds its limit, in version 1 or 2.
    private static func make() -> (group: String, limit: String)? {
        for (parent, name) in [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max"),
        ] {
            let group = "\(parent)/procession-test-\(RandomSeed.random64())"
            // Safe, here and below: the paths live during the calls.
            guard unsafe mkdir(group, 0o700) == 0 else { continue }
            if unsafe access("\(group)/\(name)", W_OK) == 0 { return (group, "\(group)/\(name)") }
            remove(group)
        }
        return nil
    }

    private static func remove(_ group: String) { unsafe rmdir(group) }

    private static func write(_ text: String, to path: String) throws {
        let file = try File.open(path, O_WRONLY)
        try File.write(file.number, text: text)
    }
}
