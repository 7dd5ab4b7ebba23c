import Glibc
import Procession
import ProcessionSystem
import Testing

/// Starts a program that outlives it, and then does what its worker dies of.
struct LeavesProgram: ValueFunction {
    enum Way: UInt8, CaseIterable { case sticks, dies, killsItsHost, returns, leavesASession }
    var way: Way
    /// Tells the programs of one test from all others.
    var mark: UInt64

    func callAsFunction(_ value: Int) -> Int {
        let session = way == .leavesASession ? "setsid " : ""
        unsafe pclose(popen("(\(session)sleep 4321.\(mark) >/dev/null 2>&1 &)", "r"))
        switch way {
        case .sticks: while true { sleep(1000) }
        case .dies, .leavesASession: kill(getpid(), SIGKILL)
        case .killsItsHost: kill(getppid(), SIGKILL)
        case .returns: break
        }
        return value
    }
}

/// What a function has started ends with its worker, however that ends, and nothing else does.
@Suite(.serialized) struct GuardTests {
    @Test(arguments: [LeavesProgram.Way.sticks, .dies, .leavesASession, .returns])
    func whatAFunctionHasStartedEndsWithItsWorker(_ way: LeavesProgram.Way) throws {
        let mark = RandomSeed.random64() >> 1
        let pool = try WorkerPool(workers: 1, retries: 0, timeLimit: .milliseconds(300))
        _ = try pool.map([1], LeavesProgram(way: way, mark: mark), onFailure: .collect)
        if way == .returns {
            let deadline = Instant.now + .seconds(2)
            while try sleepers(mark).isEmpty, Instant.now < deadline { usleep(5000) }
            usleep(20_000)
            #expect(try sleepers(mark).count == 1, "a worker that lives keeps what it has started")
            pool.shutDown()
        }
        #expect(try sleepersAfterASecond(mark) == [])
    }

    @Test func whatAFunctionHasStartedEndsWithItsHost() async throws {
        let mark: UInt64 = RandomSeed.random64() >> 1
        await #expect(processExitsWith: .signal(SIGKILL)) { [mark = mark as UInt64] in
            _ = try WorkerPool(workers: 1).map([1], LeavesProgram(way: .killsItsHost, mark: mark))
        }
        #expect(try sleepersAfterASecond(mark) == [])
    }

    @Test func childrenOfTheHostAreLeftAlone() async {
        await #expect(processExitsWith: .success) {
            let child = try ChildProcess.spawn(SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "1000"]))
            let pool = try WorkerPool(workers: 2, retries: 0)
            _ = try pool.map([1, 2, 3], LeavesProgram(way: .dies, mark: 1), onFailure: .collect)
            pool.shutDown()
            usleep(300_000)
            #expect(try child.reap() == nil)
        }
    }

    /// A function may wait for any child, and has none but its own.
    @Test func aFunctionHasNoChildrenThatItDidNotStart() throws {
        let pool = try WorkerPool(workers: 1)
        #expect(try Array(pool.map([1], WaitsForAnyChild())) == [ECHILD])
    }

    private func sleepers(_ mark: UInt64) throws -> [String] {
        FileNames.of("/proc").filter { name in
            Int32(name) != nil
                && String(decoding: (try? File.contents(of: "/proc/\(name)/cmdline")) ?? [], as: UTF8.self)
                    .hasPrefix("sleep\04321.\(mark)\0")
        }
    }

    private func sleepersAfterASecond(_ mark: UInt64) throws -> [String] {
        let deadline = Instant.now + .seconds(2)
        while try !sleepers(mark).isEmpty, Instant.now < deadline { usleep(5000) }
        return try sleepers(mark)
    }
}

struct WaitsForAnyChild: ValueFunction {
    func callAsFunction(_ value: Int) -> Int32 { waitpid(-1, nil, 0) == -1 ? errno : 0 }
}

/// The names in a directory.
private enum FileNames {
    static func of(_ path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        // Safe: a name is copied before the next is read.
        while let entry = unsafe readdir(directory) {
            unsafe names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names
    }
}
