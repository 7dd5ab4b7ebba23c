import Procession
import ProcessionRecords
import ProcessionSystem

/// What `procession map` was asked for, word by word.
struct MapOptions: Equatable {
    var columns: [String] = []
    var exec: String?
    var answers: String?
    var answersFormat: Answers.Form?
    var send: SentForm?
    var tagged = false
    var from: RecordFormat?
    var to: RecordFormat?
    var key: String?
    var value: String?
    var append = false
    var split = false
    var jobs: JobCount?
    /// Where records go, unless that is standard output.
    var output: String?
    var shard: ShardChoice?
    var onError: OnError?
    var timeout: Seconds?
    var retries: Int?
    var memoryLimit: ByteSize?
    var recordsPerWorker: Int?
    var window: ByteSize?
    var chunkSize: Int?
    var checkpoint: String?
    var resume = false
    var progress: Bool?
    var stats: String?
    var file: String?

    static let usualRetries = 1
    static let usualWindow = ByteSize(count: MapRequest.smallWindow)

    /// What to do; throws what is wrong with what was asked for.
    func request() throws(PlanError) -> MapRequest {
        guard !columns.isEmpty || exec != nil else {
            throw PlanError(
                "nothing to compute: give at least one --column, as in -c value=double, or a filter with --exec "
                    + "(see 'procession map --help')")
        }
        try checkCombinations()
        if shard != nil, file == nil || file == "-" {
            throw PlanError("--shard needs a FILE, whose parts can be read by themselves; standard input has none")
        }
        guard checkpoint != "-" else { throw PlanError("--checkpoint needs a FILE, and '-' is none") }
        let input = InputName(file, format: from)
        let plan = try plan(from ?? input.guessedFormat ?? .lines)
        for column in plan.columns {
            if let command = column.function.command { _ = try ProgramChoice.path(of: command, for: column.name) }
        }
        return MapRequest(
            plan: plan, input: input, shard: shard, command: exec, isTagged: tagged,
            outputPath: output, statsPath: stats, checkpointPath: checkpoint, resumes: resume,
            onError: onError ?? .fail, jobs: jobs?.workers ?? Machine.availableCores(),
            retries: retries ?? Self.usualRetries, timeLimit: timeout?.duration,
            memoryLimit: memoryLimit?.count, recordsPerWorker: recordsPerWorker,
            window: (window ?? Self.usualWindow).count, chunkSize: chunkSize, showsProgress: progress)
    }

    private func plan(_ input: RecordFormat) throws(PlanError) -> RecordPlan {
        try RecordPlan(
            input: input, output: to, try work(),
            key: key.map { FieldName($0.givenBytes) }, value: value.map { FieldName($0.givenBytes) }, sent: send,
            emptyWhenFailed: onError == .null)
    }

    private func work() throws(PlanError) -> RecordPlan.Work {
        var columns: [Column] = []
        for text in self.columns {
            if let results = try LibraryChoice.columns(text.givenBytes) {
                columns += results
            } else {
                columns.append(try Column(parsing: text.givenBytes))
            }
        }
        let layout = append ? RecordPlan.ColumnLayout.appended : split ? .split : .keyed
        if let answers {
            let list = try AnswerColumn.list(parsing: answers.givenBytes)
            return .answers(Answers(list, answersFormat ?? .tsv), beside: columns, layout)
        }
        return exec == nil ? .columns(columns, layout) : .filter
    }
}
