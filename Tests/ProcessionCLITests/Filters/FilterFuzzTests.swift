import Dispatch
import Glibc
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

extension CommandLineTests {
    /// Filters that drop, double, add, delay, die, buffer and grow at random: what a run that succeeds has printed is
    /// right.
    @Suite struct FilterFuzz {
        /// The long tier runs 10,000 (`Tests/Long/filters`).
        @Test func noAnswerIsAnotherRecords() throws {
            let seed = UInt64(environment("PROCESSION_SEED", or: Int(RandomSeed.random64() >> 2)))
            let runs = environment("PROCESSION_FILTER_RUNS", or: 300)
            let products = try builtProducts()
            let tally = Mutex(FilterTally())
            DispatchQueue.concurrentPerform(iterations: runs) { number in
                let run = FilterFuzzRun(seed: seed &+ UInt64(number))
                let result = Result { try run.outcome(products) }
                tally.withLock { $0.add(run, result) }
            }
            let final = tally.withLock { $0 }
            print("\(runs) runs of odd filters, seed \(seed): \(final)")
            for violation in final.violations.prefix(10) { Issue.record("\(violation)") }
            // One run alone, played again, may well end in a failure.
            #expect(final.succeeded > runs / 10 || runs < 10)
        }
    }
}

/// What many runs have come to.
private struct FilterTally: CustomStringConvertible {
    private(set) var violations: [String] = []
    private(set) var succeeded = 0
    private var tagged = 0
    private var starts = 0
    private var bad = 0
    /// Starts beyond the first of each worker, for each bad record, at most: where answers are prompt, and else.
    private var most = [0.0, 0.0]
    /// Runs that ended because a line was too many, and had printed answers of other records by then.
    private var late = 0

    mutating func add(_ run: FilterFuzzRun, _ result: Result<FilterFuzzRun.Outcome, any Error>) {
        switch result {
        case .failure(let error): violations.append("seed \(run.seed): \(error)")
        case .success(let outcome):
            succeeded += outcome.result.status == 0 ? 1 : 0
            tagged += run.isTagged ? 1 : 0
            starts += outcome.starts
            bad += outcome.bad
            late += outcome.isLate ? 1 : 0
            if outcome.bad > 0, !run.endsEarly {
                let ratio = Double(outcome.starts - run.workers) / Double(outcome.bad)
                most[run.isPrompt ? 0 : 1] = max(most[run.isPrompt ? 0 : 1], ratio)
            }
            if let violation = outcome.violation {
                violations.append("PROCESSION_SEED=\(run.seed) PROCESSION_FILTER_RUNS=1: \(violation); \(run.words)")
            }
        }
    }

    var description: String {
        "\(succeeded) succeeded, \(tagged) tagged; \(starts) starts of filters for \(bad) bad records, at most \(most[0]) for "
            + "one where answers are prompt, \(most[1]) where they are kept in a buffer; \(late) ended after they had printed "
            + "answers of other records; \(violations.count) violations"
    }
}

/// One run of `procession` with a filter that does what a seed says.
private struct FilterFuzzRun {
    let seed: UInt64
    let workers: Int
    let records: Int
    let isTagged: Bool
    let policy: String
    private let chunkSize: Int?
    /// What the filter is told.
    private var settings: [String: Int]

    /// Answers come one by one, every bad record is always bad, and the filter ends only when it is told to.
    var isPrompt: Bool { settings["block"]! <= 1 && settings["flaky"]! == 0 && settings["early"]! == 0 }
    var endsEarly: Bool { settings["early"]! > 0 }
    /// Kinds of misbehaviour that make answers too few, and too many: together they may cancel out.
    private var lacks: Bool { ["drop", "die", "flaky", "early"].contains { settings[$0]! > 0 } }
    private var exceeds: Bool { ["twice", "add", "trailing"].contains { settings[$0]! > 0 } }

    var words: String {
        settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            + " workers \(workers) records \(records) policy \(policy) chunk \(chunkSize ?? 0)"
    }

    init(seed: UInt64) {
        self.seed = seed
        var random = SplitMix(seed: seed)
        func chance(_ part: Int, _ range: ClosedRange<Int>) -> Int {
            Int.random(in: 0..<100, using: &random) < part ? Int.random(in: range, using: &random) : 0
        }
        workers = Int.random(in: 1...3, using: &random)
        records = [5, 40, 300, 1500].randomElement(using: &random)!
        isTagged = chance(30, 1...1) == 1
        policy = ["skip", "null", "fail"].randomElement(using: &random)!
        chunkSize = [nil, nil, 1, 7, 100].randomElement(using: &random)!
        let some = max(1, 4000 / records)
        settings = [
            "seed": Int(seed & 0xffff_ffff), "tagged": isTagged ? 1 : 0, "drop": chance(25, 1...some),
            "die": chance(25, 1...some), "twice": chance(12, 1...some), "add": chance(12, 1...some),
            "flaky": chance(10, 1...some), "slow": chance(30, 1...30), "grow": chance(25, 1...100),
            "block": [0, 0, 0, 512, 4096, 1 << 19].randomElement(using: &random)!, "start": chance(20, 1...20),
            "status": chance(10, 1...3), "trailing": chance(5, 1...1), "early": chance(10, 3...500),
        ]
    }

    struct Outcome {
        let result: CommandResult
        let starts: Int
        let bad: Int
        /// Answers of other records were printed, and the run then ended for that reason.
        let isLate: Bool
        let violation: String?
    }

    func outcome(_ products: String) throws -> Outcome {
        let directory = try TemporaryDirectory()
        let log = directory.path + "/log"
        let filter = "exec \(products)/OddFilter \(words.split(separator: " workers")[0]) 9>>\(log)"
        var arguments = ["map", "-j", "\(workers)", "--on-error", policy, "-x", filter]
        if isTagged { arguments.append("--tagged") }
        if let chunkSize { arguments += ["--chunk-size", "\(chunkSize)"] }
        let command = try RunningCommand(
            script: "exec procession \"$@\"", arguments, limit: .seconds(60 + records / 10))
        try command.send((1...records).map { "r\($0)\n" }.joined())
        let result = try command.finish()
        let notes = String(decoding: (try? File.contents(of: log)) ?? [], as: UTF8.self).split(separator: "\n")
        let bad = Set(notes.filter { $0 != "S" }).count
        let starts = notes.count { $0 == "S" }
        let wrong = firstWrongLine(result)
        return Outcome(
            result: result, starts: starts, bad: bad, isLate: wrong != nil && result.status != 0,
            violation: violation(result, wrong, starts: starts, bad: bad))
    }

    /// The first line that is not the answer of the record whose turn it is, or of a later one where records are left
    /// out.
    private func firstWrongLine(_ result: CommandResult) -> String? {
        var lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        if lines.last == "" { lines.removeLast() }
        var record = 0
        for line in lines {
            record += 1
            if policy == "null", line.isEmpty { continue }
            // r12!, and what it was grown by.
            let text = line.prefix { $0 != "!" }
            let number = Int(text.dropFirst()) ?? -1
            let isRight = policy == "skip" && result.status != 0 ? number >= record : number == record
            guard isRight, line.dropFirst(text.count + 1).allSatisfy({ $0 == "+" }) else {
                return "record \(record) has the answer \(line.prefix(20))"
            }
            record = number
        }
        return nil
    }

    private func violation(_ result: CommandResult, _ wrong: String?, starts: Int, bad: Int) -> String? {
        guard result.status == 0 || result.status == 1 else { return "ends with \(result.status): \(result.errors)" }
        // One line too few and one too many may stand for each other, where answers have no numbers.
        let mayCancel = !isTagged && lacks && exceeds
        if let wrong, !mayCancel, isTagged || result.status == 0 || !exceeds { return "\(wrong): \(result.errors)" }
        if result.status == 0, result.text.split(separator: "\n").count != records {
            return "succeeds with too few lines"
        }
        if isPrompt, !exceeds, starts > workers + 3 * bad {
            return "\(starts) starts for \(bad) bad records"
        }
        return nil
    }
}
