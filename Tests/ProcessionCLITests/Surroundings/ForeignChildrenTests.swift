import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Children that the command did not start: a shell has started them and then become the command, or they came to
    /// it as to the first process of a container. Nothing happens to them.
    @Suite struct ForeignChildren {
        static let modes = [["-c", "v=identity"], ["-x", "cat"]]

        @Test(arguments: modes) func whatReadsTheOutputOfARunReadsAll(_ mode: [String]) throws {
            let directory = try TemporaryDirectory()
            let run = try RunningCommand(
                script: "exec procession map \"$@\" > >(sleep 0.2; cat >out)", mode, directory: directory.path)
            try run.send(records(1000))
            #expect(try run.finish().status == 0)
            expectSame(try File.contents(of: directory.path + "/out"), records(1000))
        }

        @Test(arguments: modes) func whatFeedsARunOutlivesItsWorkers(_ mode: [String]) throws {
            let directory = try TemporaryDirectory()
            let feeder = "<(echo a; while [ ! -e go ]; do sleep 0.01; done; echo b)"
            let run = try RunningCommand(
                script: "exec procession map -j 2 \"$@\" < \(feeder)", mode, directory: directory.path)
            try run.wait { run.written.count == 2 }
            try killWorkers(of: run)
            _ = try directory.file("go", "")
            let result = try run.finish()
            #expect(result.text == "a\nb\n" && result.status == 0, "\(result.errors)")
        }

        @Test(arguments: modes) func whatAScriptHasStartedOutlivesTheRun(_ mode: [String]) throws {
            let directory = try TemporaryDirectory()
            let run = try RunningCommand(
                script: "sleep 4321 <&- >&- 2>&- & echo $! >child; exec procession map -j 2 \"$@\"", mode,
                directory: directory.path)
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            try killWorkers(of: run)
            try run.send("b\n")
            run.closeInput()
            try run.wait { run.ending != nil }
            let text = String(decoding: try File.contents(of: directory.path + "/child"), as: UTF8.self)
            let child = try #require(Int32(text.dropLast()))
            #expect(kill(child, SIGKILL) == 0, "it is gone")
            #expect(try run.finish().text == "a\nb\n")
        }

        @Test(.enabled(if: Environment.canMount, "needs root, for a namespace of its own"), arguments: modes)
        func whatComesToTheFirstProcessOfAContainerIsLeftAlone(_ mode: [String]) throws {
            let directory = try TemporaryDirectory()
            // A process without a parent, that ends all workers and goes on.
            let stranger = """
                while [ ! -e ready ]; do sleep 0.01; done; pkill -KILL -f ^procession-worker; sleep 0.3; touch alive
                """
            let run = try RunningCommand(
                script:
                    "exec unshare -fp --mount-proc bash -c '(bash -c \"$0\" &); exec procession map -j 2 \"$@\"' \"$@\"",
                [stranger] + mode, directory: directory.path)
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            _ = try directory.file("ready", "")
            try run.wait { unsafe access(directory.path + "/alive", F_OK) == 0 }
            try run.send("b\n")
            let result = try run.finish()
            #expect(result.text == "a\nb\n" && result.status == 0, "\(result.errors)")
        }

        /// What a filter has started is ours, even when it has lost the process that looks after it, and whether it
        /// holds the filter's output open or not.
        @Test(arguments: ["", ">&-"])
        func whatAFilterHasStartedIsGoneWhenItsKeeperWasKilled(_ redirection: String) throws {
            let directory = try TemporaryDirectory()
            let run = try RunningCommand(
                script: "exec procession map -j 1 \"$@\"",
                ["-x", "(sleep 4321 \(redirection) & echo $! >child); while read -r line; do echo \"$line\"; done"],
                directory: directory.path)
            try run.send("a\n")
            try run.wait { run.written.count == 2 }
            let text = String(decoding: try File.contents(of: directory.path + "/child"), as: UTF8.self)
            let child = try #require(Int32(text.dropLast()))
            let worker = try #require(try run.workers().first)
            let keeper = try #require(try children(of: worker).first)
            let shell = try #require(try children(of: keeper).first { $0 != child })
            // The worker sees nothing before the filter has ended too, as that does with its keeper.
            kill(worker, SIGSTOP)
            kill(keeper, SIGKILL)
            try run.wait { try hasEnded(shell) }
            kill(worker, SIGCONT)
            try run.send("b\n")
            try run.wait { run.written.count == 4 }
            #expect(try hasEnded(child), "it still runs")
            #expect(try run.finish().text == "a\nb\n")
        }

        private func hasEnded(_ pid: Int32) throws -> Bool {
            let status = String(decoding: (try? File.contents(of: "/proc/\(pid)/stat")) ?? [], as: UTF8.self)
            return status.isEmpty || status.contains(") Z ")
        }

        @Test(.enabled(if: Environment.canMount, "needs root, for a program of another user's"))
        func whatMayNotBeKilledHoldsNobodyUp() throws {
            let directory = try TemporaryDirectory()
            let filter = """
                ./raised --reuid 0 sh -c 'echo $$ >child; exec sleep 4321' &
                while [ ! -s child ]; do sleep 0.01; done; exec cat
                """
            let run = try RunningCommand(
                script: """
                    cp "$(command -v setpriv)" raised; chmod 4755 raised; chmod 777 .
                    exec setpriv --reuid 65534 procession map -j 1 -x "$1"
                    """, [filter], directory: directory.path, limit: .seconds(20))
            try run.send("a\nb\n")
            run.closeInput()
            try run.wait { run.ending != nil }
            let text = String(decoding: try File.contents(of: directory.path + "/child"), as: UTF8.self)
            #expect(
                kill(try #require(Int32(text.dropLast())), SIGKILL) == 0, "it was killed, so it was no other user's")
            let result = try run.finish()
            #expect(result.text == "a\nb\n" && result.status == 0, "\(result.errors)")
        }

        private func killWorkers(of run: RunningCommand) throws {
            let workers = try run.workers().filter {
                String(decoding: try File.contents(of: "/proc/\($0)/cmdline"), as: UTF8.self)
                    .hasPrefix("procession-worker")
            }
            try #require(workers.count == 2)
            for worker in workers { kill(worker, SIGKILL) }
        }
    }
}
