import Testing

extension CommandLineTests {
    /// A kernel that promises no more memory than it has, and refuses a page of shared memory at the first touch by
    /// SIGBUS. It only looks so here, because the setting is the whole machine's; what is asked for is refused by an
    /// injected fault.
    /// `Tests/Long/kernels` has it for real.
    @Suite(.enabled(if: Environment.canMount, "needs root, for a setting that looks like another"))
    struct Overcommit {
        private static let modes = [
            ["-c", "v=identity"], ["-x", "cat"], ["--window", "1M", "-x", "cat"],
        ]

        private func run(_ mode: [String], _ input: [UInt8], faults: String = "") throws -> CommandResult {
            try script(
                "exec unshare -m sh -c 'echo 2 >/tmp/setting.$$; mount --bind /tmp/setting.$$ $setting; "
                    + "rm /tmp/setting.$$; exec procession map -j 2 \"$@\"' sh \"$@\"",
                mode, input: input,
                environment: ["setting=/proc/sys/vm/overcommit_memory"]
                    + (faults.isEmpty ? [] : ["PROCESSION_FAULTS=\(faults)"]))
        }

        @Test(arguments: modes) func memoryThatIsReservedIsThere(_ mode: [String]) throws {
            let input = records(50_000)
            let result = try run(mode, input)
            #expect(result.status == 0, "\(result.errors)")
            expectSame(result.output, input)
        }

        #if DEBUG
            /// A run ends with the reason or does with less, wherever it is refused: at its start, at input or at
            /// results.
            @Test(arguments: modes, ["ENOMEM", "ENOSPC"])
            func whereMemoryIsRefusedTheReasonIsSaid(_ mode: [String], _ error: String) throws {
                let input = records(50_000)
                var statuses: Set<Int32> = []
                for visit in ["1+", "2+", "3+", "4+", "5+", "6+", "8+", "12+", "16+", "3", "5"] {
                    let result = try run(mode, input, faults: "parent reserve \(visit) fail:\(error)")
                    statuses.insert(result.status)
                    if result.status == 0 {
                        expectSame(result.output, input)
                    } else {
                        #expect(result.status == 4, "\(visit): \(result.errors)")
                        #expect(input.starts(with: result.output))
                        #expect(
                            result.errors.contains("fallocate: ") || result.errors.contains("procession: no room for "),
                            "\(visit): \(result.errors)")
                    }
                }
                #expect(statuses.contains(4))
            }
        #endif
    }
}
