import Glibc
import Procession
import ProcessionRecords
import ProcessionSystem

/// One run of `procession map`: opens, maps, reports.
final class MapRun {
    private let request: MapRequest
    private let files: RunFiles
    private let checkpoint: Checkpoint?
    private let interruption: Interruption
    private let progress: Progress
    private let engine: Engine
    private let start = Instant.now
    private var outcome = RecordStream.Outcome()
    private var figures: RunFigures

    static func run(_ request: MapRequest) throws(Exit) {
        if request.shard != nil, request.part == nil { return try ShardRun.run(request) }
        let files = try RunFiles(
            input: request.input.path, output: request.outputPath, statistics: request.statsPath,
            growsInPlace: request.checkpointPath != nil || request.part != nil, checkpoint: request.checkpointPath)
        let checkpoint = try Checkpoint.open(for: request, files)
        if let checkpoint, checkpoint.isComplete {
            request.part?.take(checkpoint.start)
            try files.statistics?.begin()
            return try report(checkpoint, to: files.statistics, request)
        }
        let run = try MapRun(request, files, checkpoint)
        defer { run.engine.shutDown(unless: run.interruption) }
        try run.run()
    }

    private init(_ request: MapRequest, _ files: RunFiles, _ checkpoint: Checkpoint?) throws(Exit) {
        self.request = request
        self.files = files
        self.checkpoint = checkpoint
        interruption = try Self.watchSignals()
        progress = Progress(
            request.showsProgress, from: files.input.number, to: files.output.target.number, workers: request.jobs,
            continuing: checkpoint?.start, part: request.part, isHeldBack: request.command != nil && !request.isTagged)
        figures = RunFigures(window: request.window)
        do {
            engine = try Self.startPool(request)
        } catch {
            progress.end()
            throw Exit(.outOfResources, "\(error)")
        }
        figures.workers = engine.livingWorkers
    }

    private func run() throws(Exit) {
        var filterFailed = false
        do {
            filterFailed = try map() == .failed
            try report()
        } catch {
            leave()
            request.part?.error = error
            let found = files.output.abandon()
            var way = checkpoint?.wayOn(after: error) ?? ""
            if request.part != nil, !way.isEmpty { way = "; run it again to go on there" }
            let ending = Exit(
                error,
                of: RunAccount(
                    input: request.input, checkpoint: request.checkpointPath, done: outcome.done,
                    progress: outcome.account(request.onError, progress.time) + found + way))
            if error is FailedRecord { outcome.failed += 1 }
            try? report()
            // Whoever does not read the results is told nothing of them.
            if !ending.message.isEmpty { name(outcome.firstFailures) }
            throw ending
        }
        leave()
        request.part?.filterFailed = filterFailed
        name(outcome.firstFailures)
        try outcome.tell(request.onError, progress.time)
        if filterFailed { throw Exit(.recordFailed, "\(outcome.done) records done, but a filter failed at its end") }
    }

    /// Maps every record, and gives the output its name. Returns what workers had to say at the end.
    private func map() throws -> LastWord {
        let output = Output(try files.begin(), interruption: interruption)
        var watch: RunWatch?
        interruption.onQuestion = { [progress] in
            progress.tell(watch?.progress ?? RunProgress(), waitsForReader: output.isWaiting)
        }
        var stream = try RecordStream(
            plan: request.plan, input: files.input.number, output: output, onError: request.onError,
            window: request.window, memory: engine.memory, interruption: interruption, checkpoint: checkpoint,
            part: request.part)
        defer {
            outcome = stream.outcome
            outcome.done -= request.part?.start.records ?? 0
            request.part?.take(outcome, stream)
            (figures.inputBytes, figures.outputBytes) = (stream.inputBytes, stream.outputBytes)
        }
        try checkpoint?.begin()
        let function = try request.function(stream.plan, in: engine.memory)
        var wishes = RunRequest()
        wishes.interruption = interruption
        wishes.onProgress = { [progress] in progress.update($0) }
        wishes.onBegin = { watch = $1 }
        try engine.run(&stream, function, wishes)
        let lastWord = engine.hearLastWords(unless: interruption)
        if lastWord == .broken {
            throw PoolError(.functionBroken, "the answers may belong to other records")
        }
        try interruption.throwIfInterrupted()
        try stream.finish()
        try files.output.appear()
        try stream.complete()
        return lastWord
    }

    /// What is said from here on stays, and a signal that comes now finds nothing to save.
    private func leave() {
        interruption.disarm()
        // What workers and filters have to say comes first.
        engine.shutDown(unless: interruption)
        progress.end()
    }

    private func report() throws(Exit) {
        (figures.records, figures.failed) = (outcome.done, outcome.failed)
        let statistics = engine.statistics
        (figures.retried, figures.workersReplaced) = (statistics.retried, statistics.workersReplaced)
        figures.workersRetired = statistics.workersRetired
        figures.seconds = (.now - start).seconds
        request.part?.figures = figures
        try files.statistics?.write(figures.text)
    }

    /// Says of a run that was complete before it began what it has come to.
    private static func report(
        _ checkpoint: Checkpoint, to statistics: StatisticsFile?, _ request: MapRequest
    ) throws(Exit) {
        var figures = RunFigures(window: request.window)
        figures.records = checkpoint.start.records - (request.part?.start.records ?? 0)
        figures.failed = checkpoint.start.failed
        try statistics?.write(figures.text)
        try RecordStream.Outcome(done: figures.records, failed: figures.failed).tell(request.onError, "")
    }

    /// Says which records failed, the first of them.
    private func name(_ failures: [FailedRecord]) {
        let part = request.part.map { "\($0.name): " } ?? ""
        for failure in failures { complain("\(part)\(failure)") }
    }

    /// Before any other thread is started. Until here a signal has nothing to save and ends us as it always does.
    private static func watchSignals() throws(Exit) -> Interruption {
        do {
            return try Interruption([SIGINT, SIGTERM, SIGHUP], question: SIGUSR1)
        } catch {
            throw Exit(.outOfResources, "\(error)")
        }
    }

    private static func startPool(_ request: MapRequest) throws(PoolError) -> Engine {
        let engine = try Engine(request.pool)
        let living = engine.livingWorkers
        try requireRoom(engine.memory, window: request.window)
        if living < request.jobs {
            complain("\(living) workers instead of \(request.jobs): the system has no room for more")
        }
        return engine
    }

    /// A large window that the machine cannot hold would be answered by the out-of-memory killer, and not by an error.
    private static func requireRoom(_ memory: SharedMemory, window: Int) throws(PoolError) {
        let room = memory.inputRoom
        let available = window > MapRequest.smallWindow ? min(room, Machine.availableMemory()) : room
        guard window <= available else {
            throw PoolError(
                .outOfMemory,
                "a window of \(byteText(window)) does not fit into the \(byteText(available)) that are available; "
                    + "give less with --window")
        }
    }
}

extension RecordStream.Outcome {
    /// Ends a run that has done all its records.
    ///
    /// - Parameter time: How long that took, for whoever has seen the progress.
    func tell(_ onError: OnError, _ time: String) throws(Exit) {
        let done = account(onError, time)
        guard failed == 0 else { throw Exit(.recordFailed, done) }
        if !time.isEmpty { complain(done) }
    }

    /// How many records are done, and what became of those that failed.
    func account(_ onError: OnError, _ time: String) -> String {
        let done = "\(recordsText(done)) done\(time)"
        guard failed > 0 else { return done }
        let fate = (failed == 1 ? "was " : "were ") + (onError == .skip ? "left out" : "given empty values")
        return "\(done), \(failed) of them failed and \(fate)"
    }
}
