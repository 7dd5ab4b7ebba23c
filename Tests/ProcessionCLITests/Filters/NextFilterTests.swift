import ProcessionSystem
import Testing

extension CommandLineTests {
    /// The filter that takes over is started while the one before comes to its end, and that end is no business of its
    /// own.
    @Suite struct NextFilters {
        /// A filter that buffers is ended when as much is held as may be. The first one kills its keeper when the next
        /// one has begun, so that what it has started comes to the worker, who ends it.
        @Test func theNextFilterIsLeftAloneWhereTheKeeperOfTheOneBeforeIsKilled() throws {
            let directory = try TemporaryDirectory()
            let text = (1...40_000).map { "record \($0)\n" }.joined()
            let file = try directory.file("numbers.txt", text)
            let log = directory.path + "/log"
            let wait = "while [ $(grep -c start \(log)) -lt 2 ]; do sleep 0.02; done"
            let deed = "if mkdir \(directory.path)/done 2>/dev/null; then \(wait); kill -9 $PPID; sleep 60; fi"
            let run = try start(
                "map", "-j1", "--window", "1M", "-x", "echo start >>\(log); sed s/a/b/; \(deed); echo end >>\(log)",
                file
            ).finish()
            expectSame(run.output, Array(text.utf8))
            #expect(run.errors.contains("the filter was killed by SIGKILL after its last answer"), "\(run.errors)")
            let steps = String(decoding: try File.contents(of: log), as: UTF8.self).split(separator: "\n")
            #expect(steps.count { $0 == "start" } == steps.count { $0 == "end" } + 1, "\(steps)")
        }
    }
}
