#if DEBUG
    import Glibc
    import ProcessionSystem
    import Testing

    extension CommandLineTests {
        /// Deaths and stops at every point of the protocol and at every system call, of workers and of the parent.
        ///
        /// A run without faults counts how often each point is visited; then there is a run for the first visits, the
        /// last one and one in the middle.
        @Suite struct KillMatrix {
            @Test(arguments: [FaultJob.columns, .filter, .table, .failing])
            func aWorkersDeathAnywhereChangesNoByte(_ job: FaultJob) throws {
                var campaign = FaultCampaign()
                campaign.run(job, try visits(of: job, "worker").map { "\($0) die" }, judge: job.unharmed)
                campaign.conclude("death of a worker")
            }

            @Test(arguments: [FaultJob.columns, .filter, .table, .failing])
            func theParentsDeathAnywhereLeavesAPrefixAndNoProcess(_ job: FaultJob) throws {
                var campaign = FaultCampaign()
                campaign.run(job, try visits(of: job, "parent").map { "\($0) die" }, judge: job.prefix)
                campaign.conclude("death of the parent")
            }

            @Test(arguments: [FaultJob.columns, .filter])
            func whoeverIsLateAtAStepIsWaitedFor(_ job: FaultJob) throws {
                var campaign = FaultCampaign()
                // Longer than the parent sleeps when nobody wakes it.
                let steps = try steps(of: job, "worker") + steps(of: job, "parent")
                campaign.run(job, steps.map { "\($0) 1 delay:150" }, judge: job.unharmed)
                campaign.conclude("a late step")
            }

            @Test(arguments: [FaultJob.columns, .filter])
            func aWorkerThatStopsAtAStepIsKilledWhenItsTimeIsUp(_ job: FaultJob) throws {
                var campaign = FaultCampaign()
                let limited = FaultJob(
                    arguments: job.arguments + ["--timeout", "0.3"], input: job.input, expected: job.expected)
                campaign.run(limited, try steps(of: job, "worker").map { "\($0) 2 stop" }, judge: limited.unharmed)
                campaign.conclude("a worker that stops")
            }

            @Test(arguments: [FaultJob.columns, .filter])
            func aParentThatIsStoppedAtAStepGoesOnWhenItIsContinued(_ job: FaultJob) throws {
                var campaign = FaultCampaign()
                campaign.run(
                    job, try steps(of: job, "parent").map { "\($0) 1 stop" },
                    during: { run in
                        try run.waitUntilStopped()
                        try run.kill(SIGCONT)
                    }, judge: job.unharmed)
                campaign.conclude("a parent that is stopped")
            }

            @Test(arguments: ["madvise", "attached", "claimed"])
            func aWorkerThatStopsBeforeItHasClaimedIsReplacedToo(_ point: String) throws {
                var campaign = FaultCampaign()
                let job = FaultJob(
                    arguments: ["map", "-j", "1", "--timeout", "0.3", "-c", "v=upper"], input: Array("a\nb\n".utf8),
                    expected: Array("A\nB\n".utf8))
                campaign.run(job, ["worker \(point) 1 stop"], judge: job.unharmed)
                campaign.conclude("a worker that stops at \(point)")
            }

            /// A death while another is being dealt with.
            @Test(arguments: ["reaped", "vacated", "reopening", "posixSpawn", "pidfdOpen", "waitid"])
            func theParentsDeathWhileItReplacesAWorkerLeavesNoProcess(_ point: String) throws {
                var campaign = FaultCampaign()
                let job = FaultJob.columns
                for step in ["attached", "claimed", "stored", "left"] {
                    let faults = try visits(of: job, "parent", during: "worker \(step) 1 die")
                        .filter { $0.contains(" \(point) ") }.map { "\($0) die; worker \(step) 1 die" }
                    campaign.run(job, faults, judge: job.prefix)
                }
                campaign.conclude("death of the parent at \(point)")
            }

            /// Two visits of the same worker's seat: who died, and whoever replaced it.
            @Test func theDeathOfAReplacementChangesNoByte() throws {
                var campaign = FaultCampaign()
                let job = FaultJob(
                    arguments: FaultJob.columns.arguments + ["--retries", "2"], input: FaultJob.columns.input,
                    expected: FaultJob.columns.expected)
                let again = try visits(of: job, "worker", during: "worker claimed 1 die", mostHits: 3)
                campaign.run(job, again.map { "\($0) die; worker claimed 1 die" }, judge: job.unharmed)
                campaign.conclude("death of a replacement")
            }

            @Test func everyPointIsReached() throws {
                var reached: Set<String> = []
                let directory = try TemporaryDirectory()
                let (file, output, checkpoint) = (
                    directory.path + "/input", directory.path + "/copy", directory.path + "/checkpoint"
                )
                let input = try File.open(file, O_WRONLY | O_CREAT)
                try File.write(input.number, text: "a\n")
                for (job, fault) in [
                    (FaultJob.columns, "worker stored 3 die"), (.filter, "worker:0 prepared 1 die"), (.table, ""),
                    // A look at the terminal, at the cores, at the output's identity, at descriptors that were closed.
                    (
                        FaultJob(
                            arguments: ["map", "-c", "v=upper", "--progress", "-o", directory.path + "/output"],
                            input: Array("a\n".utf8), expected: []), ""
                    ),
                    (
                        FaultJob(
                            arguments: ["map", "-c", "v=upper", "-o", output, "--checkpoint", checkpoint, file],
                            input: [], expected: []), ""
                    ),
                ] {
                    let counts = try job.run(fault).counts
                    reached.formUnion(counts.filter { $0.value.contains { $0 > 0 } }.keys)
                }
                let all = Set(try FaultJob.columns.run("").counts.keys)
                // Pages are reserved only where the kernel might refuse them. A pool does not give pages back, the
                // command has a thread only for large files, an output that nobody had before takes over nothing and is
                // not empty, nothing is drawn where there is no terminal, and only shards make a directory.
                #expect(
                    all.subtracting(reached) == [
                        "pthreadCreate", "reserve", "punchHole", "unlink", "fchown", "fchmod", "terminalSize", "mkdir",
                    ])
            }

            /// "VICTIM POINT HIT" for the visits that a run makes: the first ones, the last one, and one in the middle.
            private func visits(
                of job: FaultJob, _ victim: String, during fault: String = "", mostHits: Int = 2
            ) throws -> [String] {
                try counts(of: job, victim, during: fault).flatMap { point, count in
                    Set(Array(1...mostHits) + [(count + 1) / 2, count]).filter { (1...count).contains($0) }
                        .sorted().map { "\(victim) \(point) \($0)" }
                }
            }

            /// "VICTIM STEP" for the steps of the protocol that a run visits at least twice.
            private func steps(of job: FaultJob, _ victim: String) throws -> [String] {
                let calls = Set(SystemCall.allCases.map { "\($0)" })
                return try counts(of: job, victim, during: "").filter { !calls.contains($0.key) && $0.value >= 2 }
                    .map { "\(victim) \($0.key)" }
            }

            private func counts(
                of job: FaultJob, _ victim: String, during fault: String
            ) throws -> [(key: String, value: Int)] {
                let counts = try job.run(fault).counts.mapValues { $0[victim == "parent" ? 0 : 1] }
                return counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            }
        }
    }
#endif
