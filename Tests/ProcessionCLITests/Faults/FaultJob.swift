#if DEBUG
    import Dispatch
    import Glibc
    import ProcessionSystem
    import Synchronization
    import Testing

    /// A command line with its input, and what comes of it when nothing goes wrong: small, but with more chunks than
    /// are open at a time, so that places are used again.
    struct FaultJob: Sendable {
        let arguments: [String]
        let input: [UInt8]
        let expected: [UInt8]
        /// The exit status.
        var status: Int32 = 0
        /// Faults of every run: delays, that both workers have something to do.
        var background = ""

        /// What came of one run under a fault.
        struct Outcome {
            let result: CommandResult
            /// By the name of a point: visits of the parent, of all workers, of each worker, and at the end faults.
            let counts: [String: [Int]]

            /// Whether the fault struck at all.
            func struck(at point: String) -> Bool { counts[point]?.last != 0 }
        }

        /// Runs to the end.
        func run(_ faults: String, limit: Duration = .seconds(30), during: (RunningCommand) throws -> Void = { _ in })
            throws -> Outcome
        {
            let counts = "/tmp/procession-tests-\(RandomSeed.random64()).counts"
            // Safe: the path lives during the call.
            defer { unsafe unlink(counts) }
            let line = [faults, background].filter { !$0.isEmpty }.joined(separator: "; ")
            let run = try RunningCommand(
                script: "exec procession \"$@\"", arguments,
                environment: ["PROCESSION_FAULT_COUNTS=\(counts)"]
                    + (line.isEmpty ? [] : ["PROCESSION_FAULTS=\(line)"]),
                limit: limit)
            try run.send(input)
            run.closeInput()
            try during(run)
            try run.wait { false }
            let survivors = try run.survivorsAfterASecond()
            guard survivors.isEmpty else { throw Leftovers(description: "leaves processes \(survivors)") }
            return Outcome(
                result: CommandResult(
                    output: run.written, errors: String(decoding: run.complaints, as: UTF8.self),
                    ending: run.ending ?? .statusLost),
                counts: FaultCounts.table(of: try File.contents(of: counts)))
        }

        struct Leftovers: Error, CustomStringConvertible { let description: String }

        /// One line that does it again.
        func replay(_ faults: String) -> String {
            let line = [faults, background].filter { !$0.isEmpty }.joined(separator: "; ")
            return "PROCESSION_FAULTS='\(line)' procession " + arguments.map { "'\($0)'" }.joined(separator: " ")
        }
    }

    extension FaultJob: CustomTestStringConvertible {
        var testDescription: String { arguments.joined(separator: " ") }
    }

    extension FaultJob {
        private static let records = 0..<120
        private static func text(_ record: Int) -> String {
            "record \(record) " + String(repeating: "x", count: record * 7 % 50)
        }
        private static let lines = records.map { text($0) + "\n" }.joined()

        /// Built-in functions.
        static let columns = FaultJob(
            arguments: ["map", "-j", "2", "--chunk-size", "2", "-c", "u=upper", "-c", "n=length"],
            input: Array(lines.utf8),
            expected: Array(records.map { "\(text($0).uppercased())\t\(text($0).utf8.count)\n" }.joined().utf8))

        /// A filter.
        static let filter = FaultJob(
            arguments: ["map", "-j", "2", "--chunk-size", "2", "-x", "cat"], input: Array(lines.utf8),
            expected: Array(lines.utf8))

        /// Records that fail, results that want more room than was thought, and two workers that take turns.
        static let table = FaultJob(
            arguments: ["map", "-j", "2", "--chunk-size", "2", "-f", "csv", "--on-error", "null"] + tableColumns,
            input: Array(("k,v,t\n" + records.map { "k\($0),\(value($0)),\(long)\n" }.joined()).utf8),
            expected: Array(
                ("k,d,a,b,c,e\n"
                    + records.map { isBad($0) ? "k\($0),,,,,\n" : "k\($0),\($0 * 2),\(long),\(long),\(long),\(long)\n" }
                    .joined()).utf8),
            status: 1, background: "worker claimed 1/4@1 delay:1")

        /// A record that ends the run.
        static let failing = FaultJob(
            arguments: ["map", "-j", "2", "--chunk-size", "2", "-f", "csv", "-c", "d=double"],
            input: Array(("k,v\n" + records.map { "k\($0),\($0 == 77 ? "bad" : "\($0)")\n" }.joined()).utf8),
            expected: Array(("k,d\n" + (0..<77).map { "k\($0),\($0 * 2)\n" }.joined()).utf8), status: 1)

        private static let long = String(repeating: "y", count: 300)
        private static func isBad(_ record: Int) -> Bool { record % 10 == 7 }
        private static func value(_ record: Int) -> String { isBad(record) ? "bad" : "\(record)" }
        private static let tableColumns = ["d=double", "a=identity@t", "b=identity@t", "c=identity@t", "e=identity@t"]
            .flatMap { ["-c", $0] }
    }

    /// Many runs, some at a time, and what was wrong with them.
    struct FaultCampaign {
        private(set) var runs = 0
        private(set) var struck = 0
        private(set) var violations: [String] = []
        /// Points that some run has reached.
        private(set) var reached: Set<String> = []

        /// Runs a job under each of the faults, each of which names one point. `judge` says what is wrong, or nil.
        ///
        /// Two workers share the work as they like, so that some visits do not come again: where a fault does not
        /// strike, there is another run, and one more.
        mutating func run(
            _ job: FaultJob, _ faults: [String], limit: Duration = .seconds(30),
            during: @Sendable (RunningCommand) throws -> Void = { _ in },
            judge: @Sendable (FaultJob.Outcome, String) -> String?
        ) {
            let shared = Mutex((next: 0, campaign: self))
            DispatchQueue.concurrentPerform(iterations: 3) { _ in
                while true {
                    let index = shared.withLock { state in
                        defer { state.next += 1 }
                        return state.next
                    }
                    guard index < faults.count else { return }
                    let fault = faults[index]
                    for attempt in 1...3 {
                        let outcome = Result { try job.run(fault, limit: limit, during: during) }
                        let isSettled = shared.withLock {
                            $0.campaign.add(job, fault, outcome, isLast: attempt == 3, judge)
                        }
                        if isSettled { break }
                    }
                }
            }
            self = shared.withLock { $0.campaign }
        }

        /// Counts a run, unless its fault did not strike and it is not the last. Returns whether it was counted.
        private mutating func add(
            _ job: FaultJob, _ fault: String, _ outcome: Result<FaultJob.Outcome, any Error>, isLast: Bool,
            _ judge: (FaultJob.Outcome, String) -> String?
        ) -> Bool {
            let complaint: String?
            var hasStruck = false
            switch outcome {
            case .failure(let error): complaint = "\(error)"
            case .success(let outcome):
                complaint = judge(outcome, fault)
                hasStruck = outcome.struck(at: String(fault.split(separator: " ")[1]))
                reached.formUnion(outcome.counts.filter { $0.value.contains { $0 > 0 } }.keys)
            }
            if let complaint { violations.append("\(job.replay(fault)): \(complaint)") }
            guard hasStruck || complaint != nil || isLast else { return false }
            runs += 1
            struck += hasStruck ? 1 : 0
            return true
        }

        /// Prints the figures, and fails the test for what was wrong.
        func conclude(_ name: String, mostStrike share: Double = 0.8, sourceLocation: SourceLocation = #_sourceLocation)
        {
            print("\(name): \(runs) runs, in \(struck) of them the fault struck, \(violations.count) violations")
            for violation in violations.prefix(20) { Issue.record("\(violation)", sourceLocation: sourceLocation) }
            #expect(Double(struck) >= Double(runs) * share, sourceLocation: sourceLocation)
        }
    }

    extension FaultJob {
        /// What is wrong with a run in which a fault must not be seen.
        @Sendable func unharmed(_ outcome: Outcome, _: String) -> String? {
            let result = outcome.result
            guard result.status == status else { return "ends with \(result.status): \(result.errors.suffix(300))" }
            return result.output == expected
                ? nil : "writes \(result.output.count) of \(expected.count) bytes, or others"
        }

        /// What is wrong with a run whose parent may have been killed.
        @Sendable func prefix(_ outcome: Outcome, fault: String) -> String? {
            guard outcome.result.status == -SIGKILL else { return unharmed(outcome, fault) }
            return expected.starts(with: outcome.result.output) ? nil : "writes what is no prefix of the right output"
        }

        /// What is wrong with a run in which a call failed: it does what it should, or says in a line why it cannot.
        @Sendable func explained(_ outcome: Outcome, fault: String) -> String? {
            let result = outcome.result
            guard expected.starts(with: result.output) else { return "writes what is no prefix of the right output" }
            if result.status == status, result.output == expected { return nil }
            // The reader has gone, and nobody is left to be told.
            if result.status == 141, fault.hasSuffix("EPIPE"), result.errors.isEmpty { return nil }
            guard (1...5).contains(result.status) else {
                return "ends with \(result.status), which is not documented: \(result.errors.suffix(300))"
            }
            let call = SystemCall.allCases.first { "\($0)" == fault.split(separator: " ")[1] }!
            // A parent whose every write fails cannot write the reason either; that leaves the status.
            let isMute = call == .write && fault.hasSuffix("+ fail:ENOSPC")
            if isMute, result.status == 5, result.errors.isEmpty { return nil }
            // A descriptor without seals is refused for that, whatever the kernel says of it; a filter that takes
            // nothing any more has ended; and of output people are told why it cannot be written, and not by which
            // call.
            let isToldOtherwise =
                call == .getSeals && result.errors.contains("not sealed")
                || [.write, .writev].contains(call)
                    && result.errors.contains("output cannot be written: No space left on device")
                || call == .write && fault.hasSuffix("EPIPE") && result.errors.contains("the filter exited with")
            guard result.errors.contains(call.name) || isToldOtherwise else {
                return "does not name \(call.name): \(result.errors.suffix(300))"
            }
            return result.errorLines.last?.hasPrefix("procession: ") == true
                ? nil : "does not say how it ended: \(result.errors.suffix(300))"
        }
    }
#endif
