import Glibc
import ProcessionCommandSystem
import ProcessionSystem
import Testing

/// A program between two pipes. Orphans come to whoever has one, so each has a process of its own.
@Suite struct FilterTests {
    @Test func whatIsNotThereYetIsNothingAndTheEndIsTheEnd() async {
        await #expect(processExitsWith: .success) {
            alarm(60)
            let filter = try Filter(command: "read line; echo \"<$line>\"; exit 3")
            var buffer = [UInt8](repeating: 0, count: 64)
            #expect(try filter.receive(into: &buffer, from: 0) == nil, "it has not answered")
            #expect(try filter.wait(toSend: true, timeout: .seconds(20)) == (false, true))
            #expect(try filter.send(Array("word\n".utf8).span) == 5)
            #expect(try filter.wait(toSend: false, timeout: .seconds(20)).canReceive)
            #expect(try filter.receive(into: &buffer, from: 2) == 7)
            #expect(String(decoding: buffer[2..<9], as: UTF8.self) == "<word>\n")
            while try filter.receive(into: &buffer, from: 0) != 0 {
                _ = try filter.wait(toSend: false, timeout: .seconds(20))
            }
            #expect(try filter.ending(within: .seconds(20)) == .exited(3))
            #expect(!filter.isOpen && filter.unread == nil)
        }
    }

    @Test func anEndThatTakesAWhileIsWaitedForAndNotForEver() async {
        await #expect(processExitsWith: .success) {
            alarm(60)
            let filter = try Filter(command: "exec >&-; sleep 0.3; exit 5")
            #expect(try filter.ending(within: .milliseconds(1)) == nil)
            #expect(try filter.ending(within: .seconds(20)) == .exited(5))
            let reader = try Filter(command: "exec >&-; cat >/dev/null; exit 6")
            #expect(try reader.ending(within: .seconds(20)) == .exited(6), "nothing follows")
            let stubborn = try Filter(command: "exec sleep 1000")
            #expect(try stubborn.ending(within: .milliseconds(1)) == nil)
            #expect(try stubborn.kill() == .signalled(SIGTERM))
        }
    }

    /// A shell that reckons while a child of it waits is at work; one that waits for the child is as that is.
    @Test(arguments: [
        ("(read line </dev/zero) & while :; do :; done", false), ("exec 3<&0; cat <&3 & exec sleep 100", false),
        ("(read line); exit 0", true),
    ])
    func aProgramIsSeenToWaitThoughItHasChildren(command: String, waits: Bool) async {
        await #expect(processExitsWith: .success) { [command, waits] in
            alarm(60)
            let filter = try Filter(command: command)
            var seen = 0
            for _ in 0..<400 where seen < 20 {
                usleep(10_000)
                if filter.waitsForInput { seen += 1 }
            }
            #expect((seen == 20) == waits)
            _ = try filter.kill()
        }
    }

    @Test func whatTheProgramHasNotReadIsKnown() async {
        await #expect(processExitsWith: .success) {
            alarm(60)
            let filter = try Filter(command: "exec sleep 1000")
            #expect(filter.unread == 0)
            #expect(try filter.send(Array("12345".utf8).span) == 5)
            #expect(filter.unread == 5)
            let much = [UInt8](repeating: 10, count: 1 << 20)
            while try filter.send(much.span) != 0 {}
            #expect(try filter.wait(toSend: true, timeout: .zero) == (false, false), "the pipe is full")
            let start = Instant.now
            try filter.rest(.milliseconds(20))
            #expect(Instant.now - start >= .milliseconds(20))
            _ = try filter.kill()
        }
    }
}
