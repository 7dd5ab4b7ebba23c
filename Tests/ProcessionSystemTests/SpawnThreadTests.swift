import Glibc
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

struct SpawnThreadTests {
    @Test func childrenOutliveTheThreadThatAskedAndEndWithTheSpawnThread() throws {
        let spawner = try SpawnThread()
        let result = Box()
        let shortLife = OtherThread {
            result.children.withLock { $0 = try? Pair(spawner) }
        }
        shortLife.join()
        guard let pair = result.children.withLock({ pair in pair.take() }) else {
            Issue.record("nothing was spawned")
            return
        }
        // The one that was spawned without the thread is killed: so both had asked for it, and the kernel has acted.
        #expect(try ending(of: pair.direct) == .signalled(SIGKILL))
        #expect(try pair.through.reap() == nil)
        spawner.stop()
        #expect(try ending(of: pair.through) == .signalled(SIGKILL))
    }

    @Test func errorsComeBackToWhoeverAsked() throws {
        let spawner = try SpawnThread()
        #expect(throws: SystemError(call: .posixSpawn, code: ENOENT)) {
            _ = try spawner.spawn(SpawnRequest(path: "/no/such/program", arguments: ["x"]))
        }
        spawner.stop()
        spawner.stop()
        #expect(throws: SystemError(call: .posixSpawn, code: ECANCELED)) { _ = try spawner.spawn(shell("exit")) }
    }

    /// A thread that nobody waits for keeps its stack.
    @Test func threadsThatHaveEndedLeaveNothingBehind() async {
        await #expect(processExitsWith: .success) {
            func mappings() throws -> Int {
                try File.contents(of: "/proc/self/maps").count { $0 == UInt8(ascii: "\n") }
            }
            try SpawnThread().stop()
            let before = try mappings()
            for _ in 0..<100 { _ = try SpawnThread() }
            #expect(try mappings() < before + 100, "a stack takes two")
        }
    }

    /// Signals of the host are for the threads of the host, and these have those blocked that they had.
    @Test func theThreadTakesNoSignals() async {
        await #expect(processExitsWith: .success) {
            var mine = sigset_t()
            unsafe sigemptyset(&mine)
            unsafe sigaddset(&mine, SIGUSR2)
            unsafe pthread_sigmask(SIG_SETMASK, &mine, nil)
            let thread = try ServiceThread { signal in Self.isBlocked(signal) }
            for signal in [SIGINT, SIGTERM, SIGUSR1, SIGALRM] {
                #expect(thread.ask(signal) && thread.answer())
            }
            #expect(Self.isBlocked(SIGUSR2) && !Self.isBlocked(SIGINT))
        }
    }

    private static func isBlocked(_ signal: Int32) -> Bool {
        var blocked = sigset_t()
        // Safe: a set of our own.
        return unsafe pthread_sigmask(SIG_BLOCK, nil, &blocked) == 0 && sigismember(&blocked, signal) == 1
    }

    @Test func manyThreadsGetEachItsOwnChild() throws {
        let spawner = try SpawnThread()
        let right = Tally()
        let threads = (0..<8 as Range<Int32>).map { number in
            OtherThread {
                for _ in 0..<5 {
                    guard let child = try? spawner.spawn(shell("exit \(number)")) else { return }
                    if (try? ending(of: child)) == .exited(number) { right.value.add(1, ordering: .relaxed) }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(right.value.load(ordering: .relaxed) == 40)
    }

    private final class Tally: Sendable {
        let value = Atomic(0)
    }

    /// Two children that die with the thread that spawned them, and that have arranged for it: one spawned here, the
    /// other through the spawner.
    private struct Pair: ~Copyable, Sendable {
        let direct: ChildProcess
        let through: ChildProcess

        init(_ spawner: SpawnThread) throws {
            let pipe = try Pipe()
            let request = SpawnRequest(
                path: "/usr/bin/setpriv",
                arguments: [
                    "setpriv", "--pdeathsig", "KILL", "sh", "-c", "echo ready >&3; exec 3>&-; exec sleep 1000",
                ],
                descriptors: [(from: pipe.writer.number, to: 3)])
            let direct = try ChildProcess.spawn(request)
            let through = try spawner.spawn(request)
            pipe.writer.close()
            #expect(try textToEnd(pipe.reader.number) == "ready\nready\n")
            self.direct = direct
            self.through = through
        }
    }

    private final class Box: Sendable {
        let children = Mutex<Pair?>(nil)
    }
}
