#if DEBUG
    import Glibc
    import ProcessionSystem
    import Testing

    extension CommandLineTests {
        /// Runs with a checkpoint whose parent dies, or is refused a call, at each of the calls that make the promise.
        @Suite struct CheckpointKillPoints {
            static let calls = [
                "open", "flock", "ftruncate", "lseek", "pread", "pwrite", "fdatasync", "fsync", "writev",
            ]

            private static let input = (1...6000).map { "\($0)\n" }.joined()

            @Test(arguments: calls, [true, false])
            func whereverItEndsItIsContinuedRightly(_ call: String, _ isFresh: Bool) throws {
                let run = try CheckpointedRun(["-c", "v=double", "-j", "1"], input: Array(Self.input.utf8))
                let expected = try run.undisturbed().output
                if !isFresh { try run.cutOff() }
                let left = isFresh ? nil : (try run.contents("ckpt"), try run.contents("out"))
                var struck = 0
                for action in ["die", "fail:ENOSPC"] {
                    for hit in 1...5 {
                        _ = try shell("rm -f ckpt out", directory: run.directory.path)
                        if let left {
                            _ = try run.directory.file("ckpt", left.0)
                            _ = try run.directory.file("out", left.1)
                        }
                        let fault = "PROCESSION_FAULTS='parent \(call) \(hit) \(action)'"
                        let disturbed = try run.run(CheckpointedRun.again, before: "export \(fault)")
                        if disturbed.status != 0 { struck += 1 }
                        #expect(
                            action == "die"
                                ? [0, -SIGKILL].contains(disturbed.status) : (0...5).contains(disturbed.status),
                            "\(fault): \(disturbed.errors)")
                        // Input without a place to go back to is refused in other words.
                        #expect(
                            disturbed.status <= 0 || call == "lseek"
                                || disturbed.errors.contains("No space left on device"),
                            "\(fault): \(disturbed.errors)")
                        let result = try run.run(CheckpointedRun.again)
                        #expect(result.status == 0, "\(fault): \(result.errors)")
                        expectSame(try run.contents("out"), expected)
                    }
                }
                #expect(struck > 0, "no run comes to \(call), so nothing was tried")
            }
        }
    }
#endif
