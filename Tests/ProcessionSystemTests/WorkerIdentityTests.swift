import Glibc
import ProcessionSystem
import Testing

/// What a process can find out about others, and whom it can end.
@Suite struct WorkerIdentityTests {
    @Test func aProcessHasEndedWhenItIsGoneOrWaitsToBeReaped() throws {
        #expect(!WorkerIdentity.hasEnded(WorkerIdentity.ownPid()))
        let child = try ChildProcess.spawn(shell("exit 0"))
        var items = [PollItem(descriptor: child.handle.number, wants: .read)]
        #expect(try poll(&items, timeout: .seconds(20)) == 1)
        #expect(WorkerIdentity.hasEnded(child.pid), "it waits to be reaped")
        _ = try child.reap()
        #expect(WorkerIdentity.hasEnded(child.pid))
        #expect(!WorkerIdentity.hasEnded(-1), "that is no process, and nobody knows")
    }

    @Test func textsOfTheKernelThatAreNoneAreMissing() {
        #expect(ControlGroup.text("/no/such/file") == nil)
        #expect(ControlGroup.text("/proc/self/cgroup")?.isEmpty == false)
    }
}

#if DEBUG
    /// A sandbox may refuse to signal by a pidfd. Faults are for a whole process.
    @Suite struct RefusedSignalTests {
        @Test(arguments: [EPERM, ENOSYS]) func aChildIsKilledByItsNumberInstead(code: Int32) async {
            await #expect(processExitsWith: .success) { [code] in
                alarm(60)
                FaultInjection.fail(.pidfdSendSignal, nth: 1, errno: code, forever: true)
                let child = try ChildProcess.spawn(shell("sleep 1000"))
                try child.kill(SIGKILL)
                #expect(try ending(of: child) == .signalled(SIGKILL))
            }
        }

        /// The number may be another's by then.
        @Test func aChildThatHasEndedIsNotSignalledByItsNumber() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                let child = try ChildProcess.spawn(shell("exit 4"))
                var items = [PollItem(descriptor: child.handle.number, wants: .read)]
                _ = try poll(&items, timeout: .seconds(20))
                FaultInjection.fail(.pidfdSendSignal, nth: 1, errno: EPERM, forever: true)
                try child.kill(SIGKILL)
                #expect(try child.reap() == .exited(4))
                try child.kill(SIGKILL)
            }
        }

        @Test func anyOtherRefusalIsAnError() async {
            await #expect(processExitsWith: .success) {
                alarm(60)
                let child = try ChildProcess.spawn(shell("sleep 1000"))
                FaultInjection.fail(.pidfdSendSignal, nth: 1, errno: EINVAL)
                #expect(throws: SystemError(call: .pidfdSendSignal, code: EINVAL)) { try child.kill(SIGKILL) }
                FaultInjection.reset()
                child.killAndReap()
            }
        }
    }
#endif
