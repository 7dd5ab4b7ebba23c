/// `--shard`: which part of the input this run maps.
enum ShardChoice: Equatable {
    case given(Shard)
    /// The engine that has started us knows the number, to which an offset is added.
    case byEngine(offset: Int, count: Int?)

    static let largestCount = 1_000_000

    init(argument: String) throws(QuantityError) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let count = parts.count == 2 ? Self.number(parts[1]) : nil
        guard parts.count == 1 || count.map({ $0 > 0 }) == true else { throw Self.refusal }
        if parts[0].hasPrefix("auto") {
            let rest = parts[0].dropFirst(4)
            guard rest.isEmpty || rest.first == "+", let offset = rest.isEmpty ? 0 : Self.number(rest.dropFirst())
            else { throw Self.refusal }
            self = .byEngine(offset: offset, count: count)
        } else {
            guard let number = Self.number(parts[0]), let count else { throw Self.refusal }
            guard number < count else { throw QuantityError(description: Self.tooLarge(number, of: count)) }
            self = .given(Shard(number: number, count: count))
        }
    }

    /// What to say of a number that no shard has.
    static func tooLarge(_ number: Int, of count: Int) -> String {
        "there is no shard \(number) of \(count): shards are numbered from 0, so the last is \(count - 1)"
    }

    private static let refusal = QuantityError(
        description: "write K/N, the shard's number from 0 and how many there are, as in 0/64, or auto/N or auto")

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            number <= largestCount
        else { return nil }
        return number
    }
}

/// What an engine tells the processes that it starts: which of several each of them is.
struct EngineTask: Equatable {
    /// As people call it.
    let engine: String
    /// Counted from 0, whatever the engine does.
    let number: Int
    /// How many there are; nil where the engine does not say, or has started a part of them only.
    let count: Int?
    /// What to submit to have all of so many.
    var whole: (@Sendable (Int) -> String)?

    static func == (one: EngineTask, other: EngineTask) -> Bool {
        one.engine == other.engine && one.number == other.number && one.count == other.count
    }
}

extension EngineTask {
    /// What the engine says that is nearest to this process: HyperQueue's task, before the rank among the processes that
    /// `mpirun` or `srun` has started, before the place in an array of jobs.
    ///
    /// - Parameter value: Of a name in the environment.
    /// - Returns: Nil where nobody says anything.
    static func find(_ value: @escaping (String) -> String?) throws(ShardRefusal) -> EngineTask? {
        let reader = Reader(value: value)
        if let number = try reader.number("HQ_TASK_ID") {
            return EngineTask(engine: "HyperQueue", number: number, count: nil, whole: { "--array 0-\($0 - 1)" })
        }
        let (ranks, arrays) = (try reader.ranks(), try reader.arrays())
        if arrays.count > 1 {
            throw .other(
                "\(arrays[0].engine) and \(arrays[1].engine) both number this process; say which shard it is with --shard K/N"
            )
        }
        if let rank = ranks.first, rank.count != 1, let array = arrays.first {
            throw .other(
                "this process is task \(array.number) of \(array.engine) and rank \(rank.number) of \(rank.engine), "
                    + "so 'auto' is ambiguous; say which shard it is with --shard K/N")
        }
        return arrays.first ?? ranks.first
    }

    private struct Reader {
        let value: (String) -> String?

        /// Nil where nothing is said; an error where it is no number.
        func number(_ name: String) throws(ShardRefusal) -> Int? {
            guard let text = value(name), !text.isEmpty, text != "undefined" else { return nil }
            guard let number = Int(text), number >= 0 else {
                throw .other("\(name) is '\(text)' and no number of a shard; say which it is with --shard K/N")
            }
            return number
        }

        func ranks() throws(ShardRefusal) -> [EngineTask] {
            var ranks: [EngineTask] = []
            for (engine, rank, size) in [
                ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("MPI", "PMI_RANK", "PMI_SIZE"),
            ] {
                guard let number = try number(rank) else { continue }
                ranks.append(EngineTask(engine: engine, number: number, count: try self.number(size)))
            }
            // A batch script, too, has a rank, which is 0 for all of them.
            if let count = try number("SLURM_STEP_NUM_TASKS"), count > 1, let number = try number("SLURM_PROCID") {
                ranks.append(EngineTask(engine: "srun", number: number, count: count))
            }
            return ranks
        }

        func arrays() throws(ShardRefusal) -> [EngineTask] {
            var arrays: [EngineTask] = []
            if let number = try number("SLURM_ARRAY_TASK_ID") {
                let count = try self.number("SLURM_ARRAY_TASK_COUNT")
                let (low, high) = (try self.number("SLURM_ARRAY_TASK_MIN"), try self.number("SLURM_ARRAY_TASK_MAX"))
                let step = try self.number("SLURM_ARRAY_TASK_STEP") ?? 1
                let isWhole = low == 0 && step == 1 && high != nil && count == (high ?? 0) + 1
                arrays.append(
                    EngineTask(
                        engine: "a Slurm array", number: number, count: isWhole ? count : nil,
                        whole: { "--array=0-\($0 - 1)" }))
            }
            if let number = try number("JOB_COMPLETION_INDEX") {
                arrays.append(
                    EngineTask(engine: "a Kubernetes Job", number: number, count: nil, whole: { "completions: \($0)" }))
            }
            if let number = try number("AWS_BATCH_JOB_ARRAY_INDEX") {
                arrays.append(
                    EngineTask(
                        engine: "AWS Batch", number: number, count: try self.number("AWS_BATCH_JOB_ARRAY_SIZE"),
                        whole: { "--array-properties size=\($0)" }))
            }
            if let number = try number("PBS_ARRAY_INDEX") {
                arrays.append(
                    EngineTask(engine: "a PBS array", number: number, count: nil, whole: { "-J 0-\($0 - 1)" }))
            }
            // These two cannot say 0, and count from 1.
            if let number = try number("SGE_TASK_ID"), number > 0 {
                let (first, step) = (try self.number("SGE_TASK_FIRST"), try self.number("SGE_TASK_STEPSIZE") ?? 1)
                let isWhole = first == 1 && step == 1
                arrays.append(
                    EngineTask(
                        engine: "an SGE array", number: number - 1,
                        count: isWhole ? try self.number("SGE_TASK_LAST") : nil, whole: { "-t 1-\($0)" }))
            }
            if let number = try number("LSB_JOBINDEX"), number > 0 {
                arrays.append(
                    EngineTask(engine: "an LSF array", number: number - 1, count: nil, whole: { "-J 'name[1-\($0)]'" }))
            }
            return arrays
        }
    }
}

extension ShardChoice {
    /// The shard that is meant.
    ///
    /// - Parameters:
    ///   - planned: How many shards the plan has that is there already.
    ///   - task: What the engine says; nil where there is none.
    func shard(planned: Int?, _ task: EngineTask?) throws(ShardRefusal) -> Shard {
        switch self {
        case .given(let shard): return shard
        case .byEngine(let offset, let wanted):
            guard let task else {
                throw .other(
                    "--shard auto finds no number in the environment: no Slurm, HyperQueue, Kubernetes, AWS Batch, PBS, SGE, "
                        + "LSF or MPI has started this process; say which shard it is with --shard K/N")
            }
            let number = task.number + offset
            guard let count = wanted ?? planned ?? (offset == 0 ? task.count : nil) else {
                throw .other(
                    "\(task.engine) does not say how many shards there are, and no plan is there yet; write --shard "
                        + "auto\(offset > 0 ? "+\(offset)" : "")/N, counting from 0")
            }
            guard number < count else {
                let source = wanted == nil && planned != nil ? "the output was planned for \(shardsText(count))" : nil
                let way = task.whole.map { "; submit \($0(count))" } ?? ""
                throw .other((source.map { $0 + ": " } ?? "") + Self.tooLarge(number, of: count) + way)
            }
            return Shard(number: number, count: count)
        }
    }
}
