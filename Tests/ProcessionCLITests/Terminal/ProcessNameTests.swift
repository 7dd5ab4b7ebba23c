import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// What `ps` and `top` show of a run.
    @Suite struct ProcessNames {
        @Test func workersAndKeepersHaveTheNameOfTheProgramAndArgumentsOfTheirOwn() throws {
            let directory = try TemporaryDirectory()
            let run = try RunningCommand(
                script: "exec procession map -j 2 -x \"$1\"", ["touch started; sleep 1; cat"], directory: directory.path
            )
            try run.send("a\n")
            try run.wait { unsafe access(directory.path + "/started", F_OK) == 0 }
            let workers = try run.workers()
            #expect(
                Set(try workers.map(words).map { $0.prefix(2) }) == [
                    ["procession-worker", "0"], ["procession-worker", "1"],
                ])
            let keepers = try workers.flatMap(children)
            #expect(
                try keepers.map(words).map { [$0.first, $0.last] } == [
                    ["procession-filter", "touch started; sleep 1; cat"]
                ])
            for pid in workers + keepers { #expect(try name(of: pid) == "procession") }
            #expect(try name(of: run.pid) == "procession")
            #expect(try run.finish().text == "a\n")
        }

        /// `pkill -USR1 procession` finds them all.
        @Test func aSignalToAllThatHaveTheNameEndsNoWorker() throws {
            let directory = try TemporaryDirectory()
            let run = try RunningCommand(
                script: "exec procession map -j 2 --stats stats -x \"$1\"", ["touch started; sleep 1; cat"],
                directory: directory.path)
            try run.send("a\n")
            try run.wait { unsafe access(directory.path + "/started", F_OK) == 0 }
            let workers = try run.workers()
            for pid in try workers + workers.flatMap(children) where try name(of: pid) == "procession" {
                #expect(kill(pid, SIGUSR1) == 0)
            }
            try run.send("b\n")
            #expect(try run.finish().text == "a\nb\n")
            let statistics = String(decoding: try File.contents(of: directory.path + "/stats"), as: UTF8.self)
            #expect(statistics.contains("\"workers_replaced\":0,"), "\(statistics)")
        }

        private func words(of pid: Int32) throws -> [String] {
            try File.contents(of: "/proc/\(pid)/cmdline").split(separator: 0).map {
                String(decoding: $0, as: UTF8.self)
            }
        }

        private func name(of pid: Int32) throws -> String {
            String(decoding: try File.contents(of: "/proc/\(pid)/comm").dropLast(), as: UTF8.self)
        }
    }
}
