import Glibc
import Procession
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

/// What a program may do with itself while it has a pool: the process is the program's and not ours.
@Suite(.serialized) struct HostTests {
    @Test func poolsOutliveTheThreadsThatMadeThem() throws {
        for _ in 0..<environment("PROCESSION_ROUNDS", or: 20) {
            let made = MadePool()
            OtherThread { made.pool.withLock { $0 = try? WorkerPool(workers: 1) } }.join()
            let pool = try #require(made.pool.withLock { $0 })
            #expect(Array(try pool.map([1, 2, 3], Triple())) == [3, 6, 9])
            #expect(pool.statistics.workersReplaced == 0)
        }
    }

    // The rest changes what belongs to the whole process, so it runs in processes of its own.

    @Test func aProgramThatIgnoresItsChildrenHearsThatTheStatusIsLost() async {
        await #expect(processExitsWith: .success) {
            try WorkerIdentity.ignoreSignal(SIGCHLD)
            let pool = try WorkerPool(workers: 2)
            let results = try pool.map(Array(0..<200), Deadly(way: .kill, deadlyKey: 100), onFailure: .collect)
            #expect(
                results.failures.map(\.description) == [
                    "record 100 (key 100): its worker died; its exit status was taken by somebody else, tried 2 times"
                ])
            for index in 0..<200 where index != 100 { #expect(try results[index].get() == index * 2) }
        }
    }

    @Test func aProgramThatReapsAllChildrenCostsNoFurtherRecord() async {
        await #expect(processExitsWith: .success) {
            let reaper = OtherThread { while waitpid(-1, nil, 0) > 0 || usleep(200) == 0 {} }
            let pool = try WorkerPool(workers: 2)
            for _ in 0..<10 {
                let results = try pool.map(Array(0..<200), Deadly(way: .kill, deadlyKey: 100), onFailure: .collect)
                #expect(results.failures.map(\.index) == [100])
                for index in 0..<200 where index != 100 { #expect(try results[index].get() == index * 2) }
            }
            withExtendedLifetime(reaper) {}
        }
    }

    @Test func aProgramThatClosesOurDescriptorsGetsAnErrorAndNobodyHangs() async {
        await #expect(processExitsWith: .success) {
            let before = Set(try ResourceCensus.openDescriptors().keys)
            let pool = try WorkerPool(workers: 2)
            let workers = pool.workerProcessIDs
            for number in try ResourceCensus.openDescriptors().keys where !before.contains(number) { close(number) }
            alarm(20)
            #expect(throws: (any Error).self) {
                try pool.map(Array(0..<200), Deadly(way: .kill, deadlyKey: 100), onFailure: .collect)
            }
            pool.shutDown()
            let deadline = Instant.now + .seconds(1)
            while workers.contains(where: isRunning), Instant.now < deadline { usleep(1000) }
            #expect(!workers.contains(where: isRunning))
        }
    }

    @Test func aStormOfSignalsInParentAndWorkersChangesNothing() async {
        await #expect(processExitsWith: .success) {
            let end = Instant.now + .seconds(environment("PROCESSION_STORM_SECONDS", or: 2))
            beginStorm()
            let pool = try WorkerPool(workers: 2, retries: 3)
            let input = Array(0..<5000)
            let expected = input.map { Columns($0 * 3, "text of \($0), which is longer than a slot") }
            repeat {
                #expect(Array(try pool.map(input, TripleInAStorm())) == expected)
                #expect(try pool.stream(input, TripleInAStorm()).map { try $0.get() } == expected)
                let results = try pool.map(input, Deadly(way: .trap, deadlyKey: 77), onFailure: .collect)
                #expect(results.failures.map(\.index) == [77])
            } while Instant.now < end
            #expect(pool.statistics.rescues == 0 && pool.statistics.damaged == 0)
        }
    }

    /// The program alone, or with its worker, stands still in the middle of a record, for longer than that may take.
    @Test(arguments: [false, true]) func timeInWhichItIsStoppedIsNobodysFault(all: Bool) async {
        await #expect(processExitsWith: .success) { [all] in
            let pool = try WorkerPool(workers: 1, retries: 0, timeLimit: .seconds(2), chunkSize: 1)
            let victims = ([WorkerIdentity.ownPid()] + (all ? pool.workerProcessIDs : []))
                .map(String.init).joined(separator: " ")
            let script = "sleep 0.4; kill -STOP \(victims); sleep 2.5; kill -CONT \(victims)"
            let stopper = try ChildProcess.spawn(SpawnRequest(path: "/bin/sh", arguments: ["sh", "-c", script]))
            // It ends well after the stop, and takes far less than the limit of the time in which we run.
            let results = try pool.map([all ? 80 : 320], Naps(), onFailure: .collect)
            #expect(results.failures.map(\.description) == [])
            #expect(pool.statistics.workersReplaced == 0)
            _ = stopper.pid
        }
    }

    @Test func anotherDirectoryMaskAndLocaleDoNotMatterToNewWorkers() async {
        await #expect(processExitsWith: .success) {
            let pool = try WorkerPool(workers: 2)
            var path = Array("/tmp/procession-XXXXXX\0".utf8CString)
            // Safe: texts of our own that live during the calls.
            unsafe path.withUnsafeMutableBufferPointer { path in
                unsafe mkdtemp(path.baseAddress!)
                unsafe chdir(path.baseAddress!)
                unsafe rmdir(path.baseAddress!)
            }
            umask(0o777)
            unsafe setlocale(LC_ALL, "C.UTF-8")
            unsafe setenv("LC_ALL", "tr_TR.UTF-8", 1)
            unsafe setenv("TZ", "Pacific/Kiritimati", 1)
            var stack = rlimit(rlim_cur: 256 << 10, rlim_max: 256 << 10)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &stack)
            let results = try pool.map(Array(0..<200), Deadly(way: .kill, deadlyKey: 100), onFailure: .collect)
            #expect(results.failures.map(\.index) == [100])
            #expect(try results[199].get() == 398)
            #expect(pool.statistics.workersReplaced == 2 && pool.workerCount == 2)
        }
    }

    private final class MadePool: Sendable {
        let pool = Mutex<WorkerPool?>(nil)
    }
}

/// Takes so many hundredths of a second, of those in which its worker runs.
struct Naps: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        for _ in 0..<value { usleep(10_000) }
        return value
    }
}

/// Arranges in its worker for a storm of signals, then triples.
struct TripleInAStorm: ValueFunction {
    func callAsFunction(_ value: Int) -> Columns<Int, String> {
        beginStorm()
        return Columns(value * 3, "text of \(value), which is longer than a slot")
    }
}

/// A signal every millisecond from here on, whose handler does not restart calls.
private func beginStorm() {
    var action = sigaction()
    // Safe, here and below: a handler that does nothing may run at any moment; the structures are our own.
    unsafe action.__sigaction_handler.sa_handler = { _ in }
    unsafe sigaction(SIGALRM, &action, nil)
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGALRM)
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    let millisecond = timeval(tv_sec: 0, tv_usec: 1000)
    var timer = itimerval(it_interval: millisecond, it_value: millisecond)
    unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
}

/// Whether there is a process of that number that has not ended.
private func isRunning(_ pid: Int32) -> Bool {
    let text = (try? File.contents(of: "/proc/\(pid)/stat")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return text.split(separator: ")").last.map { !$0.hasPrefix(" Z") && !$0.hasPrefix(" X") } ?? false
}
