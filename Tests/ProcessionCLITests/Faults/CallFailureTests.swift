#if DEBUG
    import Glibc
    import ProcessionSystem
    import Testing

    extension CommandLineTests {
        /// Every system call fails at its n-th visit, once and for ever, in the parent and in the workers: the run does
        /// what it should, or ends with a documented status and a line that names the call.
        @Suite struct CallFailures {
            @Test(arguments: [FaultJob.columns, .filter], ["parent", "worker"])
            func theRunSucceedsOrSaysWhyNot(_ job: FaultJob, _ victim: String) throws {
                var campaign = FaultCampaign()
                let counts = try job.run("").counts
                var faults: [String] = []
                for call in SystemCall.allCases {
                    let count = counts["\(call)"]![victim == "parent" ? 0 : 1]
                    let hits = Set([1, 2, 3, 4, (count + 1) / 2, count - 1, count]).filter {
                        (1...max(1, count)).contains($0)
                    }
                    for hit in count > 0 ? hits.sorted() : [] {
                        for error in Self.errors(of: call) {
                            faults.append("\(victim) \(call) \(hit) fail:\(error)")
                            // Who waits until it can write waits for ever where that never comes.
                            if error != "EAGAIN" || call == .futexWait {
                                faults.append("\(victim) \(call) \(hit)+ fail:\(error)")
                            }
                        }
                    }
                }
                campaign.run(job, faults, judge: job.explained)
                campaign.conclude("failing calls of the \(victim)")
            }

            @Test(arguments: ["ENOSYS", "EPERM"]) func aKernelWithoutPidfdsIsNamed(_ error: String) throws {
                let run = try procession(
                    "map", "-c", "v=identity", input: Array("a\n".utf8),
                    environment: ["PROCESSION_FAULTS=parent pidfdOpen 1+ fail:\(error)"])
                #expect(run.status == 4)
                #expect(
                    run.errors.contains("pidfd_open: ")
                        && run.errors.contains("; Linux is older than 5.4, or a sandbox"),
                    "\(run.errors)")
            }

            /// What the kernel may answer, as far as the answers are treated differently.
            private static func errors(of call: SystemCall) -> [String] {
                switch call {
                case .memfdCreate: ["EINVAL", "ENOSYS", "EMFILE"]
                case .ftruncate: ["ENOSPC", "EFBIG"]
                case .addSeals: ["EPERM"]
                case .mmap, .munmap, .poll: ["ENOMEM"]
                case .madvise: ["EINVAL", "ENOMEM"]
                case .open: ["ENOENT", "EMFILE"]
                case .read, .close, .fstat, .stat: ["EIO"]
                case .write, .writev: ["ENOSPC", "EPIPE", "EAGAIN"]
                case .duplicate, .eventfd, .pipe, .signalfd, .readDirectory: ["EMFILE"]
                case .futexWait: ["EAGAIN", "ENOSYS"]
                case .futexWake: ["EFAULT"]
                case .posixSpawn: ["EAGAIN", "ENOMEM", "ENOENT"]
                case .pidfdOpen: ["EMFILE", "ENOSYS"]
                case .pidfdSendSignal, .getAffinity, .setAffinity: ["EPERM"]
                case .waitid: ["ECHILD", "EINVAL"]
                case .pthreadCreate: ["EAGAIN"]
                case .getrandom: ["ENOSYS"]
                case .pread, .fdatasync, .fsync: ["EIO"]
                case .pwrite: ["ENOSPC"]
                case .flock: ["EWOULDBLOCK", "ENOLCK"]
                case .getResourceLimit, .getSeals, .lseek, .prctl, .sigaction, .signalMask, .unreadBytes: ["EINVAL"]
                // Not reached by these jobs.
                case .reserve, .punchHole, .readLink, .terminalSize, .rename, .unlink, .fchown, .fchmod, .mkdir: []
                }
            }

            @Test(arguments: ["fdatasync", "rename"]) func anOutputThatCannotGetItsNameIsNamed(_ call: String) throws {
                let directory = try TemporaryDirectory()
                let output = try directory.file("out", "old")
                let run = try procession(
                    "map", "-c", "v=upper", "-o", output, input: Array("a\n".utf8),
                    environment: ["PROCESSION_FAULTS=parent \(call) 1 fail:EIO"])
                #expect(run.status == 5)
                #expect(
                    run.errors.contains("output cannot be written: Input/output error; stopped there, 1 record done"))
                #expect(try shell("cat out out.partial-*", directory: directory.path).text == "oldA\n")
            }

            @Test(arguments: [FaultJob.columns, .filter])
            func readsAndWritesThatComeShortChangeNoByte(_ job: FaultJob) throws {
                var campaign = FaultCampaign()
                var faults: [String] = []
                for count in Array(1...12) + [100, 127, 1000, 4095] {
                    faults += ["parent read", "parent writev", "parent write"].map { "\($0) 1+ short:\(count)" }
                    if job.arguments.contains("-x") {
                        faults += ["worker read", "worker write"].map { "\($0) 1+ short:\(count)" }
                    }
                }
                let counts = try job.run("parent writev 1+ short:1").counts
                faults = faults.filter { fault in
                    let words = fault.split(separator: " ")
                    return counts[String(words[1])]![words[0] == "parent" ? 0 : 1] > 0
                }
                campaign.run(job, faults, judge: job.unharmed)
                // A `write` follows only a `writev` that came short of nearly all.
                campaign.conclude("short counts", mostStrike: 0.5)
            }
        }
    }
#endif
