import Glibc
import ProcessionSystem
import TestSupport
import Testing

struct MonitorTests {
    /// Threads that read, dawdle and write back what is theirs together.
    @Test func oneThreadAtATimeSeesTheState() {
        let monitor = Monitor((0, 0))
        let threads = (0..<4).map { _ in
            OtherThread {
                for _ in 0..<2000 {
                    monitor.when({ _ in true }) { state in
                        let seen = state.0
                        sched_yield()
                        state = (seen + 1, state.1 + 1)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(monitor.when({ _ in true }) { $0 } == (8000, 8000))
    }

    /// In a process of its own, where nobody else takes memory meanwhile.
    @Test func whatAMonitorTakesIsGivenBack() async {
        await #expect(processExitsWith: .success) {
            func resident() throws -> Int {
                let table = try File.contents(of: "/proc/self/smaps_rollup")
                return try #require(Machine.field("Rss", in: String(decoding: table, as: UTF8.self)))
            }
            for _ in 0..<1000 { _ = Monitor(0) }
            let before = try resident()
            for _ in 0..<300_000 { _ = Monitor(0) }
            #expect(try resident() - before < 4 << 10, "KiB")
        }
    }

    @Test func whoWaitsGoesOnWhenTheStateIsAsItNeedsIt() {
        let monitor = Monitor(0)
        let threads = (1...3).map { turn in
            OtherThread { monitor.when({ $0 == turn }) { $0 += 1 } }
        }
        monitor.when({ _ in true }) { $0 = 1 }
        monitor.when({ $0 == 4 }) { _ in }
        for thread in threads { thread.join() }
    }
}
