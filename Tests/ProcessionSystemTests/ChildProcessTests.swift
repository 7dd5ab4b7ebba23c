import Glibc
import ProcessionSystem
import Testing

struct ChildProcessTests {
    private static let mayChooseNumbers = (try? File.open("/proc/sys/kernel/ns_last_pid", O_WRONLY)) != nil

    @Test func tellsOnceHowTheChildEnded() throws {
        let leaver = try ChildProcess.spawn(shell("exit 3"))
        #expect(try ending(of: leaver) == .exited(3))
        #expect(try leaver.reap() == .statusLost)
        let victim = try ChildProcess.spawn(shell("kill -SEGV $$"))
        #expect(try ending(of: victim) == .signalled(SIGSEGV))
    }

    @Test func aRunningChildHasNoEndingAndAnUnreadableHandle() throws {
        let child = try ChildProcess.spawn(shell("exec sleep 1000"))
        var items = [PollItem(descriptor: child.handle.number, wants: .read)]
        #expect(try poll(&items, timeout: .zero) == 0)
        #expect(try child.reap() == nil)
        try child.kill(SIGKILL)
        #expect(try poll(&items, timeout: .seconds(20)) == 1)
        #expect(try child.reap() == .signalled(SIGKILL))
    }

    @Test func anEndIsSeenByTheNumberAloneReapedOrNot() throws {
        let child = try ChildProcess.spawn(shell("exec sleep 1000"))
        #expect(!WorkerIdentity.hasEnded(child.pid))
        try child.kill(SIGKILL)
        var items = [PollItem(descriptor: child.handle.number, wants: .read)]
        #expect(try poll(&items, timeout: .seconds(20)) == 1)
        #expect(WorkerIdentity.hasEnded(child.pid))
        _ = try child.reap()
        #expect(WorkerIdentity.hasEnded(child.pid))
    }

    @Test func killingAfterTheReapIsHarmless() throws {
        let child = try ChildProcess.spawn(shell("exit 0"))
        #expect(try ending(of: child) == .exited(0))
        try child.kill(SIGKILL)
        child.killAndReap()
    }

    /// The kernel gives out the number of a child that was reaped once more; its owner must not mean the new process.
    @Test(.enabled(if: mayChooseNumbers, "needs root, to choose a process number"))
    func aNumberThatIsGivenOutAgainIsNotMeant() throws {
        let chooser = try File.open("/proc/sys/kernel/ns_last_pid", O_WRONLY)
        var first = try ChildProcess.spawn(shell("exit 0"))
        #expect(try ending(of: first) == .exited(0))
        // Others start processes too, so that it may take a few attempts, and another number where one of theirs stays.
        for attempt in 1...1000 {
            if attempt % 50 == 0 {
                first = try ChildProcess.spawn(shell("exit 0"))
                #expect(try ending(of: first) == .exited(0))
            }
            lseek(chooser.number, 0, SEEK_SET)
            try write("\(first.pid - 1)", to: chooser.number)
            let second = try ChildProcess.spawn(shell("exec sleep 1000"))
            guard second.pid == first.pid else { continue }
            try first.kill(SIGKILL)
            #expect(try first.reap() == .statusLost)
            first.killAndReap()
            var items = [PollItem(descriptor: second.handle.number, wants: .read)]
            #expect(try poll(&items, timeout: .milliseconds(50)) == 0, "another process was killed")
            return
        }
        Issue.record("no number was given out again")
    }

    @Test func endingsReadAsSentences() {
        #expect("\(Ending.exited(3))" == "exited with 3")
        #expect("\(Ending.signalled(SIGSEGV))" == "was killed by SIGSEGV")
        #expect("\(Ending.signalled(40))" == "was killed by signal 40")
        #expect("\(Ending.statusLost)" == "child status lost")
    }

    @Test func aMissingProgramIsAnErrorOfTheSpawn() {
        #expect(throws: SystemError(call: .posixSpawn, code: ENOENT)) {
            _ = try ChildProcess.spawn(SpawnRequest(path: "/no/such/program", arguments: ["x"]))
        }
    }

    @Test func theChildGetsItsArgumentsAndTheEnvironmentWithTheOverrides() throws {
        let request = SpawnRequest(
            path: "/bin/sh", arguments: ["a name", "-c", "test \"$0 $1\" = 'x y z'", "x", "y z"])
        let child = try ChildProcess.spawn(request)
        #expect(try ending(of: child) == .exited(0))
        // PATH is there in any case; one is replaced by the other, and not added beside it.
        let paths = try output(
            of: #"tr "\0" "\n" </proc/$$/environ >&3"#, environment: ["PATH=/usr/bin:/bin", "PROCESSION_TEST=a=b"]
        )
        .split(separator: "\n").filter { $0.hasPrefix("PATH=") || $0.hasPrefix("PROCESSION_TEST=") }
        #expect(paths.sorted() == ["PATH=/usr/bin:/bin", "PROCESSION_TEST=a=b"])
    }

    // What follows changes or counts what belongs to the whole process, so it runs in processes of its own.

    @Test func theEndOfTheOwnerIsTheEndOfTheChild() async {
        await #expect(processExitsWith: .success) {
            for _ in 0..<20 {
                let child = try ChildProcess.spawn(shell("exec sleep 1000"))
                _ = child.pid
            }
            #expect(try ResourceCensus.children() == [])
        }
    }

    @Test func theEnvironmentIsPassedOnByteForByte() async {
        await #expect(processExitsWith: .success) {
            // Safe: one thread, and both texts are copied.
            unsafe [CChar]([0x41, -1, 0]).withUnsafeBufferPointer { _ = unsafe setenv("ODD", $0.baseAddress!, 1) }
            let text = try output(of: "printf %s \"$ODD\" | od -An -tx1 >&3")
            #expect(text == " 41 ff\n")
        }
    }

    @Test func signalsOfTheHostAreResetAndUnblockedInTheChild() async {
        await #expect(processExitsWith: .success) {
            for number in [SIGINT, SIGPIPE, SIGUSR2, SIGTERM] { try WorkerIdentity.ignoreSignal(number) }
            var blocked = sigset_t()
            unsafe sigfillset(&blocked)
            unsafe pthread_sigmask(SIG_SETMASK, &blocked, nil)
            let child = try ChildProcess.spawn(SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "1000"]))
            for field in ["SigIgn", "SigBlk", "SigCgt"] {
                let mask = try #require(UInt64(try statusField(field, of: child.pid), radix: 16))
                // Of 32 and 33, which glibc keeps for itself and lets the child ignore, nobody else makes use.
                #expect(mask & ~(3 << 31) == 0, "\(field)")
            }
        }
    }

    /// A signal for the whole group does not end it before it has said what to do with such.
    @Test func aChildMayBeginWithAllSignalsBlocked() throws {
        let request = SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "1000"], blocksSignals: true)
        let child = try ChildProcess.spawn(request)
        let mask = try #require(UInt64(try statusField("SigBlk", of: child.pid), radix: 16))
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { #expect(mask & 1 << UInt64(signal - 1) != 0, "\(signal)") }
    }

    @Test(arguments: [SIGHUP, SIGUSR1]) func aSignalForTheParentAloneStaysIgnoredInTheChild(signal: Int32) async {
        await #expect(processExitsWith: .success) { [signal] in
            try WorkerIdentity.ignoreSignal(signal)
            let child = try ChildProcess.spawn(SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "1000"]))
            let mask = try #require(UInt64(try statusField("SigIgn", of: child.pid), radix: 16))
            #expect(mask & 1 << UInt64(signal - 1) != 0)
        }
    }

    @Test func strangersAreBuriedAloneAndEndedOnlyByEndAll() async {
        await #expect(processExitsWith: .success) {
            try WorkerIdentity.adoptOrphans()
            let child = try ChildProcess.spawn(shell("(true &); (sleep 1000 &)"))
            #expect(try ending(of: child) == .exited(0))
            let deadline = Instant.now + .seconds(20)
            while try ResourceCensus.children().count > 1, Instant.now < deadline {
                ChildProcess.buryStrangers(except: [])
                usleep(1000)
            }
            ChildProcess.buryStrangers(except: [])
            #expect(try ResourceCensus.children().count == 1)
            ChildProcess.endAll(except: [])
            #expect(try ResourceCensus.children() == [])
        }
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to have a child that may not be killed"))
    func aChildThatMayNotBeKilledIsNotWaitedFor() async {
        await #expect(processExitsWith: .success) {
            let child = try ChildProcess.spawn(shell("exec sleep 5"))
            try #require(setuid(65534) == 0)
            let start = Instant.now
            ChildProcess.endAll(except: [])
            #expect(Instant.now - start < .seconds(4))
            #expect(try child.reap() == nil)
        }
    }

    @Test(arguments: [true, false])
    func aStatusThatTheHostTookIsLostAndNothingHangs(byIgnoring: Bool) async {
        await #expect(processExitsWith: .success) { [byIgnoring] in
            if byIgnoring { try WorkerIdentity.ignoreSignal(SIGCHLD) }
            let child = try ChildProcess.spawn(shell("exec sleep 1000"))
            try child.kill(SIGKILL)
            if !byIgnoring { waitpid(-1, nil, 0) }
            #expect(try ending(of: child) == .statusLost)
            child.killAndReap()
            // A child that is still running when its owner goes.
            _ = try ChildProcess.spawn(shell("exec sleep 1000"))
            #expect(try ResourceCensus.children() == [])
        }
    }
}
