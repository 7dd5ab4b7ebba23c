import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// One run of `procession map --shard`: finds the part, goes on where another attempt has come to, and settles it.
struct ShardRun {
    private let request: MapRequest
    private let directory: ShardDirectory
    private let plan: ShardPlan
    private let shard: Shard
    private let attempt: ShardAttempt
    private let began: Int

    static func run(_ request: MapRequest) throws(Exit) {
        guard let choice = request.shard, let path = request.outputPath else { return }
        let input = try ShardInput(request.input)
        do {
            let directory = ShardDirectory(path)
            let found = try directory.plan()
            let shard = try choice.shard(planned: found?.shards, EngineTask.find(Here.environment))
            let beginning = try InputBeginning(request.plan, size: input.size, input.peek)
            let index = try Self.index(of: input, request, planned: found)
            let wanted = ShardPlan(
                beginning.plan,
                command: Fingerprint(
                    plan: request.plan, command: request.command, isTagged: request.isTagged),
                onError: request.onError, shards: shard.count, size: input.size, modified: input.modified, index: index)
            let attempt = ShardAttempt(shard, in: directory)
            if found == nil {
                try File.makeDirectory(path)
                try directory.leave(wanted, by: attempt.name)
            }
            try Self.require(wanted, in: directory)
            if try Self.isSettled(shard, wanted, in: directory) { return }
            defer { attempt.end() }
            let run = ShardRun(
                request: request, directory: directory, plan: wanted, shard: shard, attempt: attempt,
                began: try attempt.now())
            let borders = ShardBorders(
                format: request.plan.input, size: input.size, start: beginning.splitter.border, index: index,
                peek: input.peek)
            let span = try borders.span(of: shard)
            if let index { try input.prove(span, by: index) }
            try run.map(span, beginning, input)
        } catch {
            throw Self.exit(error, request)
        }
    }

    private static func exit(_ error: any Error, _ request: MapRequest) -> Exit {
        if let error = error as? SystemError {
            return Exit(.outputFailed, "cannot write to \(shown(path: request.outputPath ?? "")): \(error.reason)")
        }
        return Exit(error, of: RunAccount(input: request.input, checkpoint: nil, done: 0, progress: "0 records done"))
    }

    /// The index where there is one and the plan does not divide by bytes already; refuses what cannot do without.
    private static func index(
        of input: ShardInput, _ request: MapRequest, planned: ShardPlan?
    ) throws -> RecordIndex? {
        let format = request.plan.input
        if let reason = request.plan.needsIndex(isTagged: request.isTagged) {
            guard let index = try input.index(as: format) else {
                throw ShardRefusal.indexIsMissing(input.name.path ?? "", reason: reason)
            }
            return index
        }
        if let planned, planned.index == nil { return nil }
        return try input.index(as: format)
    }

    /// Refuses to write beside another run's shards.
    private static func require(_ plan: ShardPlan, in directory: ShardDirectory) throws {
        guard let found = try directory.plan() else {
            throw ShardRefusal.planIsMissing(directory.path(of: ShardPlan.name))
        }
        if let difference = found.difference(from: plan) {
            throw ShardRefusal.planDiffers(directory.path, difference)
        }
    }

    /// Whether another attempt has done all there is to do.
    private static func isSettled(_ shard: Shard, _ plan: ShardPlan, in directory: ShardDirectory) throws -> Bool {
        guard case .whole(let manifest) = try directory.manifest(of: shard.number) else { return false }
        guard manifest.plan == plan.id else {
            throw ShardRefusal.other(
                "\(shown(path: directory.path(of: ShardDirectory.manifestName(shard.number)))) is of another run than "
                    + "\(ShardPlan.name); remove it, or name another directory")
        }
        guard manifest.isComplete else { return false }
        complain("\(shard) is done already, by \(manifest.attempt): \(recordsText(manifest.records.count))")
        return true
    }

    // MARK: Mapping

    private func map(_ span: ShardSpan, _ beginning: InputBeginning, _ input: ShardInput) throws {
        var command = Fingerprint(plan: request.plan, command: request.command, isTagged: request.isTagged)
        command.parts.append(Fingerprint.Part(flag: "--shard", value: "\(shard) of \(plan.id)"))
        let header = CheckpointHeader(
            program: ProcessionCommand.version, inputSize: plan.inputSize, inputModified: plan.inputModified,
            command: command)
        let isContinued = !span.isEmpty && request.plan.layout != .split
        let earlier = isContinued ? try attempt.adopt(shard, header) : []
        let part = InputPart(
            span, beginning, header, named: shard,
            failures: FailureNotes(attempt.failures, continuing: earlier))
        if span.isEmpty {
            part.border = span.end.border
            return try settle(part, input)
        }
        var request = request
        request.part = part
        request.outputPath = attempt.output
        // Split columns wait for the end in memory, so there is nothing to go on from.
        if isContinued { (request.checkpointPath, request.resumes) = (attempt.checkpoint, true) }
        do throws(Exit) {
            try MapRun.run(request)
        } catch {
            let isSettled = part.error == nil ? part.border.offset.bytes == span.end.offset : part.isJudged
            guard isSettled else {
                // What was not begun leaves nothing behind.
                if (try? File.contents(of: attempt.checkpoint)) == nil { attempt.remove(keepsTexts: false) }
                throw error.message.isEmpty ? error : Exit(error.code, "\(part.name): \(error.message)")
            }
            try settle(part, input)
            throw Exit(error.code, "\(part.name): \(error.message)")
        }
        try settle(part, input)
    }

    /// Says what has become of the shard: first its texts are on the disk, then there is the manifest that names them.
    private func settle(_ part: InputPart, _ input: ShardInput) throws {
        try input.requireUnchanged()
        var manifest = ShardManifest(plan: plan.id, shard: shard, attempt: attempt.name, host: Here.host)
        let span = part.span
        manifest.state = part.error == nil ? .complete : part.error is RecordSyntaxError ? .malformed : .failed
        let end = part.error == nil ? span.end.offset : max(span.begin.offset, part.border.offset.bytes)
        manifest.bytes = span.begin.offset..<end
        manifest.records = span.begin.records..<span.begin.records + part.outcome.done
        manifest.lines = span.begin.border.line..<max(span.begin.border.line, part.border.line)
        manifest.sum = try input.sum(manifest.bytes)
        manifest.failed = part.outcome.failed
        try part.failures.note(part.outcome.firstFailures)
        manifest.failures = part.failures.all
        if let failure = part.error as? FailedRecord { manifest.failures.append(failure.shown) }
        manifest.syntax = part.error as? RecordSyntaxError
        manifest.input = request.input.path ?? ""
        manifest.isFormatGuessed = request.input.guessedFormat != nil
        manifest.filterFailed = part.filterFailed
        manifest.figures = part.figures
        (manifest.began, manifest.ended) = (began, try attempt.now())
        if !span.isEmpty { manifest.data = try keep(part) }
        try Self.require(plan, in: directory)
        if try Self.isSettled(shard, plan, in: directory) { return attempt.remove(keepsTexts: false) }
        try directory.leave(manifest)
        if manifest.isComplete { attempt.remove(keepsTexts: true) }
    }

    /// Brings the texts to the disk.
    private func keep(_ part: InputPart) throws -> [ShardManifest.DataFile] {
        for (column, texts) in part.laterColumns.enumerated() {
            let file = try File.open(
                directory.path(of: attempt.dataName(column: column + 1)), O_WRONLY | O_CREAT | O_EXCL)
            try File.write(file.number, all: texts.span)
        }
        return try (0...part.laterColumns.count).map { column in
            let name = attempt.dataName(column: column)
            let file = try File.open(directory.path(of: name), O_RDWR)
            try File.sync(file.number)
            let size = try File.size(of: file.number)
            return ShardManifest.DataFile(name: name, bytes: size, sum: try CRC64(of: file.number, 0..<size))
        }
    }
}

extension InputPart {
    /// Whether it has stopped at a record, or at input, that would stop any machine.
    var isJudged: Bool { error is FailedRecord || error is RecordSyntaxError }
}

extension RecordPlan {
    /// Why parts of the input cannot be found, or mapped as in the whole, without an index; nil where they can.
    func needsIndex(isTagged: Bool) -> String? {
        switch input {
        case .csv: "where records of csv begin, only its quotation marks from the beginning can tell"
        case .json: "where records of json begin, only its brackets from the beginning can tell"
        case .lines where !answersAreOutput && output != .lines:
            "the keys are line numbers, which must be known at the beginning of a shard"
        case .lines, .tsv, .ndjson:
            isTagged || tellsNumbers ? "what is run is told the numbers of the records in the whole" : nil
        }
    }
}
