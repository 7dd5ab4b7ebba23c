import Procession
import ProcessionRecords

/// What a run of `procession map` is to do: everything is chosen and goes together.
struct MapRequest {
    let plan: RecordPlan
    let input: InputName
    /// Which of several parts of the input is mapped; nil for all of it.
    let shard: ShardChoice?
    /// Where that part is, and what becomes of it.
    var part: InputPart?
    /// The filter to run, instead of built-in functions; and whether it is sent numbers.
    let command: String?
    let isTagged: Bool
    var outputPath: String?
    let statsPath: String?
    /// Where progress is recorded.
    var checkpointPath: String?
    /// Whether to go on with what is recorded there.
    var resumes: Bool
    let onError: OnError
    let jobs: Int
    let retries: Int
    let timeLimit: Duration?
    /// Bytes that a worker, and a filter, may have alone.
    let memoryLimit: Int?
    let recordsPerWorker: Int?
    /// Shared memory for records in flight.
    let window: Int
    let chunkSize: Int?
    /// Nil where nothing was said.
    let showsProgress: Bool?

    /// Below this, a window would not hold two blocks of input and their results.
    static let smallestWindow = 1 << 20
    /// Up to this, what is used unless told otherwise, nobody asks whether the machine has it.
    static let smallWindow = 64 << 20

    /// The workers that the run needs.
    var pool: Engine.Options {
        var options = Engine.Options(workers: jobs)
        options.limits.retries = retries
        options.limits.timeLimit = timeLimit
        options.memoryLimit = memoryLimit
        options.recordsPerWorker = recordsPerWorker
        options.workersKeepTime = command != nil
        options.limits.chunkSize = chunkSize
        options.failuresByName = RecordOutput.shownFailures
        options.buriesStrangers = true
        options.servesOneRun = true
        // What a worker has started for a record ends with it, and counts as its own.
        (options.guardsWorkers, options.weighsPrograms) = (plan.runsCommands, plan.runsCommands)
        // A filter can have said too much, and a library has an end.
        options.dismissesWorkers = command != nil || plan.callsLibraries
        // This is the main thread.
        options.spawnsByItself = true
        return options
    }

    /// The function that maps the records, and what it must know.
    ///
    /// - Parameter plan: The plan of the run, with its header.
    func function(_ plan: RecordPlan, in memory: SharedMemory) throws -> FunctionImage {
        guard let command else {
            let care = CommandCare(retries: retries, mostOutput: window / 8)
            let context = MapperPlan(records: plan, commands: care).encoded()
            return try FunctionImage(RecordFunction(), context: context, in: memory)
        }
        let exec = ExecPlan(
            records: plan, command: command, retries: retries, isTagged: isTagged, timeLimit: timeLimit,
            memoryLimit: memoryLimit, mostHeld: RecordStream.mostHeld(window: window, workers: jobs))
        return try FunctionImage(ExecFunction(), context: exec.encoded(), in: memory)
    }
}
