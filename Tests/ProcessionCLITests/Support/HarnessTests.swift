import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// What the other tests rest on is first shown to notice what it is there for.
    @Suite struct Harness {
        @Test func aProcessThatIsLeftIsFound() throws {
            let run = try RunningCommand(script: "sleep 50 >/dev/null 2>&1 & exit 0")
            try run.wait { false }
            let survivors = try run.survivorsAfterASecond()
            for pid in survivors { Glibc.kill(pid, SIGKILL) }
            #expect(survivors.count == 1)
        }

        @Test func aRunThatHangsIsKilled() throws {
            let run = try RunningCommand(script: "sleep 50 & wait", limit: .seconds(1))
            #expect(throws: RunningCommand.Hang.self) { try run.wait { false } }
            #expect(try run.survivorsAfterASecond() == [])
        }

        @Test func theTwoWorkersOfARunAreFound() throws {
            let run = try start("map", "-j", "2", "-c", "v=identity")
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            #expect(try run.workers().count == 2)
            _ = try run.finish()
        }

        @Test func aSignalAndAnExitStatusAreToldApart() throws {
            #expect(try shell("exit 9").status == 9)
            #expect(try shell("kill -9 $$").status == -9)
        }
    }
}
