import Glibc
import Testing

extension CommandLineTests {
    /// A system that gives less than was asked for: the run does with less, or says what is missing and ends with 4.
    @Suite struct Limits {
        private static let modes = [["-c", "v=identity"], ["-x", "cat"]]

        /// Either the whole right output or none, and then the reason and the way out. A filter may be refused later
        /// than a worker, behind a prefix, and where its own shell is refused a process, that is the filter's failure.
        private func expectAllOrNothing(_ run: CommandResult, _ input: [UInt8], _ mode: [String], _ what: String) {
            let isFilter = mode[0] == "-x"
            #expect((isFilter ? [0, 1, 4] : [0, 4]).contains(run.status), "\(what): \(run.status) \(run.errors)")
            if run.status == 0 {
                expectSame(run.output, input)
            } else {
                #expect(isFilter ? input.starts(with: run.output) : run.output.isEmpty, "\(what)")
                // A filter's own complaints may come later than ours, or on the same line.
                let isExplained =
                    isFilter
                    ? run.errors.contains("procession: ") : run.errorLines.last?.hasPrefix("procession: ") == true
                #expect(isExplained, "\(what): \(run.errors)")
            }
        }

        @Test(arguments: modes) func everyNumberOfDescriptorsIsEnoughOrRefused(_ mode: [String]) throws {
            let input = records(500)
            var statuses: Set<Int32> = []
            for limit in 3...40 {
                // Below that number, not even the program's libraries can be opened, and what is said of it is not
                // ours.
                let starts = try script("ulimit -n \(limit); exec procession --version >/dev/null 2>&1").status == 0
                guard starts else { continue }
                let run = try script("ulimit -n \(limit); exec procession map -j 4 \"$@\"", mode, input: input)
                expectAllOrNothing(run, input, mode, "\(limit) descriptors")
                statuses.insert(run.status)
            }
            #expect(statuses == [0, 4])
        }

        @Test(.enabled(if: Environment.canBecomeAnother, "needs root, to become another user"), arguments: modes)
        func everyNumberOfProcessesIsEnoughOrRefused(_ mode: [String]) throws {
            // Another user each time: what a run that was refused has left for the first process to bury counts, until
            // then.
            let first = 50_000 + Int(getpid()) % 1000 * 32
            try expectEveryLimitIsEnoughOrRefused(mode) { limit in
                let user = "setpriv --reuid \(first + limit) --clear-groups"
                return "exec prlimit --nproc=\(limit) \(user) $(command -v procession) map -j 4 \"$@\""
            }
        }

        @Test(.enabled(if: Environment.countsProcesses, "needs root and a control group for pids"), arguments: modes)
        func everySizeOfAControlGroupIsEnoughOrRefused(_ mode: [String]) throws {
            try expectEveryLimitIsEnoughOrRefused(mode) { limit in
                "max=\(limit + 1); \(Environment.groupOfItsOwn); procession map -j 4 \"$@\"; status=$?; leave; exit $status"
            }
        }

        private func expectEveryLimitIsEnoughOrRefused(_ mode: [String], _ command: (Int) -> String) throws {
            let input = records(500)
            var seen: Set<Int32> = []
            var hasMadeDo = false
            for limit in 1...24 {
                let run = try script(command(limit), mode, input: input)
                expectAllOrNothing(run, input, mode, "\(limit) processes")
                seen.insert(run.status)
                if run.status == 0, run.errors.contains("workers instead of 4") { hasMadeDo = true }
            }
            #expect(seen.isSuperset(of: [0, 4]))
            #expect(hasMadeDo || mode[0] == "-x", "no limit led to fewer workers and a warning")
        }

        #if DEBUG
            /// Gone before it has attached, or right after; that it cannot be started is CallFailures' matter.
            @Test(arguments: ["prctl", "attached"], 1...4)
            func aWorkerThatDiesAtItsStartIsReplaced(_ point: String, _ number: Int) throws {
                let input = records(500)
                let run = try script(
                    "exec procession map -j 3 -c v=identity", input: input,
                    environment: ["PROCESSION_FAULTS=worker \(point) \(number) die"])
                #expect(run.status == 0, "\(run.errors)")
                expectSame(run.output, input)
            }

            @Test func workersThatAlwaysDieAtOnceEndTheRunWithTheLastCause() throws {
                let run = try script(
                    "exec procession map -j 3 -c v=identity", input: records(5),
                    environment: ["PROCESSION_FAULTS=worker attached 1+ die"])
                #expect(run.status == 1)
                expectSame(run.output, [])
                #expect(
                    run.errorLines.last?.contains(
                        "workers died before they finished anything; the last one was killed by SIGKILL; stopped there, "
                            + "0 records done") == true, "\(run.errors)")
            }
        #endif

        @Test(arguments: ["100000", "200000", "500000", "4000000"])
        func everyAddressSpaceIsEnoughOrRefusedWithItsSizes(_ kibibytes: String) throws {
            let input = records(500)
            let run = try script("ulimit -v \(kibibytes); exec procession map -j 4 -c v=identity", input: input)
            if run.status == 0 {
                expectSame(run.output, input)
            } else {
                #expect(run.status == 4 && run.output.isEmpty)
                #expect(run.errorLines.last?.contains("MiB") == true, "\(run.errors)")
            }
            #expect((run.status == 0) == (Int(kibibytes)! > 400_000))
        }

        @Test(arguments: ["1", "8", "1000", "100000", "1000000"])
        func everyFileSizeIsEnoughOrRefusedAndIsNoSignal(_ kibibytes: String) throws {
            let input = records(500)
            let run = try script("ulimit -f \(kibibytes); exec procession map -j 4 -c v=identity", input: input)
            #expect(run.status == (Int(kibibytes)! >= 100_000 ? 0 : 4), "\(run.errors)")
            #expect(run.status == 0 || run.errors.contains("bytes") || run.errors.contains("KiB"), "\(run.errors)")
            expectSame(run.output, run.status == 0 ? input : [])
        }

        @Test func aWindowThatTheMachineCannotHoldIsRefusedWithBothSizesAndTheWayOut() throws {
            let run = try procession("map", "-c", "v=upper", "--window", "900T", input: "a\n")
            #expect(run.status == 4)
            expectSame(run.output, [])
            #expect(run.errors.contains("a window of 921600.0 GiB does not fit into the "), "\(run.errors)")
            #expect(run.errors.contains("--window"))
        }
    }
}
