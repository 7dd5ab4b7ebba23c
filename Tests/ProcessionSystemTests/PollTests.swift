import Glibc
import ProcessionSystem
import Testing

struct PollTests {
    @Test func aBellIsReadableFromTheFirstSignalToTheDrain() throws {
        let bell = try EventCounter()
        var items = [PollItem(descriptor: bell.descriptor.number, wants: .read)]
        bell.drain()
        #expect(try poll(&items, timeout: .zero) == 0)
        bell.signal()
        bell.signal()
        #expect(try poll(&items, timeout: nil) == 1)
        #expect(items[0].ready == .read)
        bell.drain()
        #expect(try poll(&items, timeout: .zero) == 0)
        #expect(items[0].ready == [])
    }

    @Test func tellsWhichItemIsReadyAndForWhat() throws {
        let open = try Pipe()
        let closed = try Pipe()
        closed.writer.close()
        var items = [
            PollItem(descriptor: open.reader.number, wants: .read),
            PollItem(descriptor: open.writer.number, wants: .write),
            PollItem(descriptor: closed.reader.number, wants: .read),
            PollItem(descriptor: -1, wants: .read),
        ]
        #expect(try poll(&items, timeout: nil) == 2)
        #expect(items.map(\.ready) == [[], .write, .hangUp, []])
    }

    @Test func signalsNeitherEndNorLengthenAWait() async {
        await #expect(processExitsWith: .success) {
            let signals = SignalStorm()
            var items: [PollItem] = []
            let start = Instant.now
            let ready = try poll(&items, timeout: .milliseconds(200))
            #expect(ready == 0)
            let spent = Instant.now - start
            #expect(spent >= .milliseconds(200) && spent < .seconds(4))
            #if DEBUG
                #expect(FaultInjection.count(of: .poll) > 1, "no signal has come")
            #endif
            signals.stop()
        }
    }

    @Test func aReadGoesOnAfterASignal() async {
        await #expect(processExitsWith: .success) {
            let signals = SignalStorm()
            let pipe = try Pipe()
            // The shell answers late, so that signals have come.
            let child = try ChildProcess.spawn(
                shell("sleep 0.2; echo >&3", descriptors: [(from: pipe.writer.number, to: 3)]))
            var byte: [UInt8] = [0]
            var span = byte.mutableSpan
            #expect(try File.read(pipe.reader.number, into: &span) == 1)
            child.killAndReap()
            #if DEBUG
                #expect(FaultInjection.count(of: .read) > 1, "no signal has come")
            #endif
            signals.stop()
        }
    }

    @Test func timeoutsAreRoundedUpAndClamped() {
        #expect(Duration.nanoseconds(5).nanoseconds == 5)
        #expect(Duration(secondsComponent: 1, attosecondsComponent: 1).nanoseconds == 1_000_000_001)
        #expect(Duration.seconds(-3).nanoseconds == 0)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(9_223_372_036).nanoseconds == 9_223_372_036_000_000_000)
    }
}

/// What another process that holds the same bell can do to it.
@Suite struct SharedBellTests {
    @Test func aDrainWaitsForNobody() async {
        await #expect(processExitsWith: .success) {
            let bell = try EventCounter()
            // Flags belong to the bell and not to who holds it.
            _ = fcntl(bell.descriptor.number, F_SETFL, 0)
            alarm(10)
            bell.drain()
            bell.signal()
            bell.drain()
            var items = [PollItem(descriptor: bell.descriptor.number, wants: .read)]
            let ready = try poll(&items, timeout: .zero)
            precondition(ready == 0, "it still rings")
        }
    }

    #if DEBUG
        /// A kernel that cannot read a bell without waiting.
        @Test func aBellIsDrainedOnOlderKernelsToo() async {
            await #expect(processExitsWith: .success) {
                let bell = try EventCounter()
                bell.signal()
                FaultInjection.fail(.read, nth: 1, errno: EOPNOTSUPP)
                bell.drain()
                var items = [PollItem(descriptor: bell.descriptor.number, wants: .read)]
                #expect(try poll(&items, timeout: .zero) == 0)
            }
        }
    #endif

    @Test func aSignalWaitsForNobody() async {
        await #expect(processExitsWith: .success) {
            let bell = try EventCounter()
            var most = UInt64.max - 1
            unsafe _ = write(bell.descriptor.number, &most, 8)
            _ = fcntl(bell.descriptor.number, F_SETFL, 0)
            alarm(10)
            bell.signalAtOnce()
        }
    }
}
