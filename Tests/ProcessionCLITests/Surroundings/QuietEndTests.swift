import Glibc
import ProcessionSystem
import TestSupport
import Testing

extension CommandLineTests {
    /// Runs that end early, and the filters that end with them: no filter says anything about it.
    @Suite struct QuietEnds {
        /// Complains of a broken pipe, of half a line at the end of its input, and of Ctrl-C, as programs do.
        private static let sensitive = """
            trap '' PIPE; trap 'echo interrupted >&2' INT
            while read -r line; do echo "$line" || exit 1; done
            [ -z "$line" ] || echo "half a line: $line" >&2
            """
        private static let rounds = environment("PROCESSION_ROUNDS", or: 10)

        @Test func aReaderThatGoesEndsFiltersWithoutAWord() throws {
            for _ in 0..<Self.rounds {
                let run = try shell(
                    "yes 'a line' | head -n 300000 | procession map -j 2 -x \"$1\" | head -n 1; exit ${PIPESTATUS[2]}",
                    Self.sensitive)
                #expect(run.text == "a line\n" && run.status == 141)
                #expect(run.errors == "")
            }
        }

        @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsFiltersWithoutAWord(_ signal: Int32) throws {
            for round in 0..<Self.rounds {
                let run = try RunningCommand(
                    script: "exec setsid procession map -j 2 -x \"$1\" < <(yes 'a line')", [Self.sensitive])
                try run.wait { run.written.count > round * 10_000 }
                // As from a terminal, or to the command alone.
                kill(signal == SIGINT ? -run.pid : run.pid, signal)
                try run.wait { run.ending != nil }
                let result = try run.finish()
                #expect(result.status == 128 + signal)
                #expect(
                    result.errorLines.count == 1 && result.errors.contains("interrupted at record"), "\(result.errors)")
            }
        }

        @Test(arguments: ["-c v=identity", "-x while_read"]) func aHangUpThatIsIgnoredIsIgnoredByAll(_ mode: String)
            throws
        {
            let directory = try TemporaryDirectory()
            let filter = "touch started; while read -r line; do sleep 0.2; echo \"$line\"; done"
            let run = try RunningCommand(
                script: "trap '' HUP; exec setsid procession map -j 2 --stats stats \"$@\"",
                mode.hasPrefix("-x") ? ["-x", filter] : ["-c", "v=identity"], directory: directory.path)
            try run.send("a\n")
            if mode.hasPrefix("-x") {
                try run.wait { unsafe access(directory.path + "/started", F_OK) == 0 }
            } else {
                try run.wait { run.written.count == 2 }
            }
            #expect(kill(-run.pid, SIGHUP) == 0)
            try run.wait { run.written.count == 2 }
            try run.send("b\n")
            let result = try run.finish()
            #expect(result.text == "a\nb\n" && result.status == 0, "\(result.errors)")
            let statistics = String(decoding: try File.contents(of: directory.path + "/stats"), as: UTF8.self)
            #expect(statistics.contains("\"workers_replaced\":0,"), "\(statistics)")
        }
    }
}
