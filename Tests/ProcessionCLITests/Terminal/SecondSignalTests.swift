#if DEBUG
    import Glibc
    import ProcessionSystem
    import Testing

    extension CommandLineTests {
        /// A run that has heard of a signal, and takes long over its end.
        @Suite struct SecondSignals {
            @Test func endItAtOnceWithoutAnotherWord() throws {
                // Its worker is reaped once the run has heard of the first; the first visit is the roll call before the
                // run.
                let run = try RunningCommand(
                    script: "exec procession map -j 1 -c v=identity",
                    environment: ["PROCESSION_FAULTS=parent waitid 2+ delay:4000"])
                try run.send("a\n")
                try run.wait { run.written.count == 2 }
                try run.kill(SIGINT)
                // From then on signals are blocked no more.
                while run.ending == nil, try isBlocked(SIGINT, in: run.pid) {
                    try run.wait(upTo: .now + .milliseconds(1))
                }
                try run.kill(SIGTERM)
                let result = try run.finish()
                #expect(result.status == 128 + SIGTERM)
                #expect(result.errors == "")
            }

            private func isBlocked(_ signal: Int32, in pid: Int32) throws -> Bool {
                let status = String(decoding: try File.contents(of: "/proc/\(pid)/status"), as: UTF8.self)
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") })
                return try #require(UInt64(line.suffix(16), radix: 16)) & 1 << UInt64(signal - 1) != 0
            }
        }
    }
#endif
