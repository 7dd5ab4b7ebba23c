import Glibc
import Procession
import ProcessionRecords
import ProcessionCommandSystem
import ProcessionSystem

/// One run of `procession map`: opens, maps, reports.
struct MapRun {
    let plan: RecordPlan
    /// The format of the input was taken from the file's name.
    let formatIsGuessed: Bool
    /// The filter to run, instead of built-in functions; and whether it is sent numbers.
    let command: String?
    let isTagged: Bool
    let inputPath: String?
    let outputPath: String?
    let statsPath: String?
    /// Where progress is recorded.
    let checkpointPath: String?
    /// Whether to go on with what is recorded there.
    let resumes: Bool
    let onError: OnError
    let jobs: Int
    let retries: Int
    let timeLimit: Duration?
    /// Shared memory for records in flight.
    let window: Int
    let chunkSize: Int?
    /// Nil where nothing was said.
    let showsProgress: Bool?

    /// Below this, a window would not hold two blocks of input and their results.
    static let smallestWindow = 1 << 20
    /// Up to this, what is used unless told otherwise, nobody asks whether the machine has it.
    static let smallWindow = 64 << 20

    func run() throws(Exit) {
        let start = Clock.monotonic()
        let files = try RunFiles(
            input: inputPath, output: outputPath, statistics: statsPath, checkpoint: checkpointPath)
        var figures = RunFigures(window: window)
        let checkpoint = try openCheckpoint(files)
        if let checkpoint, checkpoint.isComplete {
            (figures.records, figures.failed) = (checkpoint.start.records, checkpoint.start.failed)
            try files.statistics?.begin()
            try files.statistics?.write(figures.text)
            return try tell(RecordStream.Outcome(done: figures.records, failed: figures.failed))
        }
        let interruption = try watchSignals()
        let progress = Progress(
            showsProgress, from: files.input.number, to: files.output.target.number, workers: jobs,
            continuing: checkpoint?.start, isHeldBack: command != nil && !isTagged)
        defer { progress.end() }
        let supervisor = try startPool()
        supervisor.interruption = interruption
        supervisor.onProgress = { progress.update($0) }
        defer { supervisor.shutDown() }
        figures.workers = supervisor.livingWorkers

        var outcome = RecordStream.Outcome()
        var filterFailed = false
        // What is said from here on stays, and a signal that comes now finds nothing to save.
        func leave() {
            interruption.disarm()
            // What workers and filters have to say comes first.
            supervisor.shutDown()
            progress.end()
        }
        func report() throws(Exit) {
            (figures.records, figures.failed) = (outcome.done, outcome.failed)
            let statistics = supervisor.statistics
            (figures.retried, figures.workersReplaced) = (statistics.retried, statistics.workersReplaced)
            figures.seconds = Double(Clock.monotonic() - start) / 1e9
            try files.statistics?.write(figures.text)
        }
        do {
            let lastWord = try map(files, supervisor, interruption, progress, checkpoint, &outcome, &figures)
            try report()
            filterFailed = lastWord == .failed
        } catch {
            leave()
            let found = files.output.abandon()
            let ending = ending(of: error, outcome, progress.time, found, leaving: checkpoint)
            if error is FailedRecord { outcome.failed += 1 }
            try? report()
            // Whoever does not read the results is told nothing of them.
            if !ending.message.isEmpty { name(outcome.firstFailures) }
            throw ending
        }
        leave()
        name(outcome.firstFailures)
        try tell(outcome, progress.time)
        if filterFailed {
            throw Exit(code: Exit.recordFailed, message: "\(outcome.done) records done, but a filter failed at its end")
        }
    }

    /// Maps every record, and gives the output its name. How far it came is told however it ends. Returns what workers had
    /// to say at the end.
    private func map(
        _ files: RunFiles, _ supervisor: Supervisor, _ interruption: Interruption, _ progress: Progress,
        _ checkpoint: Checkpoint?, _ outcome: inout RecordStream.Outcome, _ figures: inout RunFigures
    ) throws -> LastWord {
        let output = Output(try files.begin(), interruption: interruption)
        var watch: RunWatch?
        interruption.onQuestion = {
            progress.tell(watch?.progress ?? RunProgress(), waitsForReader: output.isWaiting)
        }
        var stream = try RecordStream(
            plan: plan, input: files.input.number, output: output, onError: onError, window: window,
            memory: supervisor.memory, interruption: interruption, checkpoint: checkpoint)
        defer {
            outcome = stream.outcome
            (figures.inputBytes, figures.outputBytes) = (stream.inputBytes, stream.outputBytes)
        }
        try checkpoint?.begin()
        let image = try image(stream.plan, supervisor.memory)
        try supervisor.run(&stream, image) { watch = $0 }
        let lastWord = supervisor.hearLastWords()
        if lastWord == .broken {
            throw PoolError(.functionBroken, "the answers may belong to other records")
        }
        try interruption.throwIfInterrupted()
        try stream.finish()
        try files.output.appear()
        try stream.complete()
        return lastWord
    }

    /// Says which records failed, the first of them.
    private func name(_ failures: [FailedRecord]) {
        for failure in failures { complain("\(failure)") }
    }

    /// How a run ends that has done all its records.
    private func tell(_ outcome: RecordStream.Outcome, _ time: String = "") throws(Exit) {
        let done = account(of: outcome, time)
        guard outcome.failed == 0 else { throw Exit(code: Exit.recordFailed, message: done) }
        if !time.isEmpty { complain(done) }
    }

    /// How many records are done, and what became of those that failed.
    ///
    /// - Parameter time: How long that took, for whoever has seen the progress.
    private func account(of outcome: RecordStream.Outcome, _ time: String) -> String {
        let done = "\(recordsText(outcome.done)) done\(time)"
        guard outcome.failed > 0 else { return done }
        let fate = (outcome.failed == 1 ? "was " : "were ") + (onError == .skip ? "left out" : "given empty values")
        return "\(done), \(outcome.failed) of them failed and \(fate)"
    }

    /// Before any other thread is started. Until here a signal has nothing to save and ends us as it always does.
    private func watchSignals() throws(Exit) -> Interruption {
        do {
            return try Interruption([SIGINT, SIGTERM, SIGHUP], question: SIGUSR1)
        } catch {
            throw Exit(code: Exit.outOfResources, message: "\(error)")
        }
    }

    private func startPool() throws(Exit) -> Supervisor {
        do {
            var options = Supervisor.Options(workers: jobs)
            options.retries = retries
            options.timeLimit = timeLimit
            options.workersKeepTime = command != nil
            options.chunkSize = chunkSize
            options.failuresByName = RecordOutput.shownFailures
            options.buriesStrangers = true
            options.servesOneRun = true
            // Only a filter can have said too much.
            options.dismissesWorkers = command != nil
            // This is the main thread.
            options.spawnsByItself = true
            let supervisor = try Supervisor(options)
            let living = supervisor.livingWorkers
            try requireRoom(supervisor.memory)
            if living < jobs { complain("\(living) workers instead of \(jobs): the system has no room for more") }
            return supervisor
        } catch {
            throw Exit(code: Exit.outOfResources, message: "\(error)")
        }
    }

    /// A large window that the machine cannot hold would be answered by the out-of-memory killer, and not by an error.
    private func requireRoom(_ memory: SharedMemory) throws(PoolError) {
        let room = memory.inputRoom
        let available = window > Self.smallWindow ? min(room, Machine.availableMemory()) : room
        guard window <= available else {
            throw PoolError(
                .outOfMemory,
                "a window of \(byteText(window)) does not fit into the \(byteText(available)) that are available; "
                    + "give less with --window")
        }
    }

    private func image(_ plan: RecordPlan, _ memory: SharedMemory) throws -> FunctionImage {
        guard let command else { return try FunctionImage(RecordFunction(), context: plan.encoded(), in: memory) }
        let exec = ExecPlan(
            records: plan, command: command, retries: retries, isTagged: isTagged, timeLimit: timeLimit,
            mostHeld: RecordStream.mostHeld(window: window, workers: jobs))
        return try FunctionImage(ExecFunction(), context: exec.encoded(), in: memory)
    }

    /// What an error means for the exit code, and the last line on standard error.
    ///
    /// - Parameters:
    ///   - time: How long the work took, for whoever has seen the progress.
    ///   - found: Where to find what was written.
    private func ending(
        of error: any Error, _ outcome: RecordStream.Outcome, _ time: String, _ found: String,
        leaving checkpoint: Checkpoint?
    ) -> Exit {
        let progress = account(of: outcome, time) + found + (checkpoint?.wayOn(after: error) ?? "")
        switch error {
        case let ending as Exit:
            return ending
        case let error as Interrupted:
            return Exit(code: 128 + error.signal, message: "interrupted at record \(outcome.done + 1): \(progress)")
        case let failure as FailedRecord:
            return Exit(code: Exit.recordFailed, message: "\(failure); stopped there, \(progress)")
        case let error as RecordSyntaxError where error.foreign != nil:
            let way = error.foreign?.way(file: inputPath == "-" ? nil : inputPath) ?? ""
            return Exit(
                code: Exit.malformedInput, message: "\(inputName) \(error.message); write: \(way); \(progress)")
        case let error as RecordSyntaxError:
            let hint = formatIsGuessed ? error.hint(for: plan.input) : ""
            return Exit(code: Exit.malformedInput, message: "\(inputName), \(error)\(hint); stopped there, \(progress)")
        case let error as PlanError:
            return Exit(code: Exit.usage, message: "\(error)")
        case let error as InputError:
            return Exit(code: Exit.malformedInput, message: "\(inputName): \(error); stopped there, \(progress)")
        case let refusal as CheckpointRefusal:
            return refused(refusal)
        case let error as CheckpointError:
            return Exit(code: Exit.outputFailed, message: "\(error); stopped there, \(progress)")
        case let error as OutputError where error.error.code == EPIPE:
            return Exit(code: Exit.readerGone, message: "")
        case let error as OutputError:
            return Exit(code: Exit.outputFailed, message: "\(error); stopped there, \(progress)")
        case let error as DamagedOutput:
            return Exit(code: Exit.recordFailed, message: "\(error); stopped there, \(progress)")
        case let error as PoolError where error.code == .workersDie || error.code == .functionBroken:
            return Exit(code: Exit.recordFailed, message: "\(error); stopped there, \(progress)")
        default:
            return Exit(code: Exit.outOfResources, message: "\(error); stopped there, \(progress)")
        }
    }

    private var inputName: String { inputPath.map { shown(path: $0) } ?? "standard input" }
}
