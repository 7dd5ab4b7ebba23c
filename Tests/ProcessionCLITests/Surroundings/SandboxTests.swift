import ProcessionSystem
import Testing

extension CommandLineTests {
    /// A kernel that is too old for a call, or a sandbox that refuses it. Either nothing comes of it, or nothing is
    /// mapped and the reason says which call it was and what to do.
    @Suite struct Sandboxes {
        /// What there is another way for, or what can be done without.
        static let dispensable = [
            "pidfd_send_signal", "close_range", "preadv2", "statx", "fallocate", "madvise", "madvise(MADV_DONTDUMP)",
            "madvise(MADV_POPULATE_READ)", "madvise(MADV_POPULATE_WRITE)", "madvise(MADV_COLLAPSE)", "getrandom",
            "sched_getaffinity", "sched_setaffinity", "rseq", "fadvise64", "ioctl", "membarrier", "openat2",
            "faccessat2", "prctl(PR_SET_NAME)", "fcntl(F_SETPIPE_SZ)", "fcntl(F_SETSIG)",
        ]

        /// And what not: by which name people are told of it, the status, and who can do without all the same. What
        /// only workers need shows in their deaths.
        static let needed: [(call: String, name: String, status: Int32, isForgone: Set<Job>)] = [
            ("pidfd_open", "pidfd_open", 4, []), ("waitid", "waitid", 4, []), ("waitid(P_PIDFD)", "waitid", 4, []),
            ("memfd_create", "memfd_create", 4, []), ("memfd_create(MFD_NOEXEC_SEAL)", "memfd_create", 4, []),
            ("fcntl(F_ADD_SEALS)", "fcntl(F_ADD_SEALS)", 4, []), ("eventfd2", "eventfd", 4, []),
            ("ppoll", "poll", 4, []), ("prlimit64", "getrlimit", 4, []), ("signalfd4", "signalfd", 4, [.library]),
            ("prctl", "prctl", 1, []), ("prctl(PR_SET_PDEATHSIG)", "prctl", 1, []),
            ("prctl(PR_SET_CHILD_SUBREAPER)", "prctl", 4, [.columns, .file, .library]),
        ]

        @Test(arguments: dispensable, ["EPERM", "ENOSYS"])
        func nothingComesOfWhatIsDispensable(_ call: String, _ error: String) throws {
            for job in Job.allCases { try expectRight(job, "\(error) '\(call)'") }
        }

        @Test(arguments: needed.indices, ["EPERM", "ENOSYS"])
        func whatIsNeededIsNamedWithTheWayOut(_ index: Int, _ error: String) throws {
            let (call, name, status, isForgone) = Self.needed[index]
            // A map of three records may be over before anybody has to wait.
            for job in Job.allCases where call != "ppoll" || job != .library {
                if isForgone.contains(job) {
                    try expectRight(job, "\(error) '\(call)'")
                } else {
                    try expectRefused(job, "\(error) '\(call)'", "\(name): ", status)
                }
            }
        }

        /// glibc goes another way where a kernel lacks it, and not where a sandbox refuses it.
        @Test func processesAndThreadsNeedClone3WhereItIsForbidden() throws {
            for job in Job.allCases {
                try expectRight(job, "ENOSYS clone3")
                try expectRefused(job, "EPERM clone3", job == .library ? "pthread_create: " : "posix_spawn: ", 4)
            }
        }

        @Test(arguments: ["EPERM", "ENOSYS"]) func aKeeperThatHearsNothingEndsWithItsFilter(_ error: String) throws {
            let run = try Job.filter.run("\(error) rt_sigtimedwait")
            #expect(run.status == 1)
            // Of a record, or of the run, where none of many has answered anything.
            #expect(run.errors.contains("filter was killed by SIGTERM"), "\(run.errors)")
        }

        #if DEBUG
            /// A worker that hangs, where only its number may be used to kill it.
            @Test(arguments: ["EPERM", "ENOSYS"]) func aWorkerCanBeKilledWithoutItsPidfd(_ error: String) throws {
                let columns = FaultJob.columns
                let job = FaultJob(
                    arguments: columns.arguments + ["--timeout", "0.3"], input: columns.input,
                    expected: columns.expected, background: "parent pidfdSendSignal 1+ fail:\(error)")
                var campaign = FaultCampaign()
                campaign.run(job, ["worker:0 stored 2 stop", "worker:1 claimed 1 stop"], judge: job.unharmed)
                // One worker may have done all the work before the other finds any.
                campaign.conclude("workers without pidfds", mostStrike: 0.5)
            }
        #endif

        private func expectRight(_ job: Job, _ refusal: String) throws {
            let run = try job.run(refusal)
            #expect(run.status == 0, "\(job), \(refusal): \(run.errors)")
            #expect(run.text == job.expected, "\(job), \(refusal)")
        }

        private func expectRefused(_ job: Job, _ refusal: String, _ name: String, _ status: Int32) throws {
            let run = try job.run(refusal)
            #expect(run.status == (job == .library ? 1 : status), "\(job), \(refusal): \(run.status)")
            #expect(run.text == "", "\(job), \(refusal)")
            #expect(
                run.errorLines.contains {
                    $0.contains(name) && $0.contains("or a sandbox must be told to allow the call")
                },
                "\(job), \(refusal): \(run.errors)")
        }

        /// Who is put into the sandbox.
        enum Job: CaseIterable {
            case columns, filter, file, library

            /// Runs it to the end, and looks that no process is left.
            func run(_ refusal: String) throws -> CommandResult {
                let directory = try TemporaryDirectory()
                _ = try directory.file("in", records(50))
                return try shell("cd '\(directory.path)'; Sandbox \(refusal) \(command)")
            }

            private var command: String {
                switch self {
                case .columns: "procession map -j2 -c v=identity <in"
                case .filter: "procession map -j2 -x cat <in"
                case .file: "procession map -j2 -c v=identity --checkpoint c -o out in && cat out"
                case .library: "EmbeddingExample counter"
                }
            }

            var expected: String {
                self == .library ? "a (2.0, 1)\nb (4.0, 2)\nc (6.0, 3)\n" : String(decoding: records(50), as: UTF8.self)
            }
        }
    }
}
