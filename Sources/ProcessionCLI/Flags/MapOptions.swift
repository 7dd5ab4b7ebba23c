import Procession
import ProcessionRecords
import ProcessionSystem

/// What `procession map` was asked for, and the run that it makes of that.
struct MapOptions: Equatable {
    var columns: [String] = []
    var exec: String?
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
    var onError: OnError?
    var timeout: Seconds?
    var retries: Int?
    var window: ByteSize?
    var chunkSize: Int?
    var checkpoint: String?
    var resume = false
    var progress: Bool?
    var stats: String?
    var file: String?

    static let usualRetries = 1
    static let usualWindow = ByteSize(count: MapRun.smallWindow)

    /// Throws what is wrong with what was asked for.
    private func checked() throws(PlanError) -> RecordPlan {
        guard !columns.isEmpty || exec != nil else {
            throw PlanError(
                "nothing to compute: give at least one --column, as in -c value=double, or a filter with --exec "
                    + "(see 'procession map --help')")
        }
        try checkCombinations()
        guard checkpoint != "-" else { throw PlanError("--checkpoint needs a FILE, and '-' is none") }
        return try plan()
    }

    /// What the file's name says, where nothing else was said.
    private var guessedFormat: RecordFormat? {
        from == nil ? file.flatMap { RecordFormat(fileExtension: fileExtension(of: $0)) } : nil
    }

    private func plan() throws(PlanError) -> RecordPlan {
        let input = from ?? guessedFormat ?? .lines
        var plan = RecordPlan(
            input: input, output: to ?? input, key: key.map { FieldName($0.givenBytes) },
            value: value.map { FieldName($0.givenBytes) }, append: append, split: split, exec: exec != nil,
            emptyWhenFailed: onError == .null)
        for column in columns { plan.columns.append(try Column(parsing: column.givenBytes)) }
        try plan.validated()
        return plan
    }

    func run() throws(Exit) {
        let plan: RecordPlan
        do {
            plan = try checked()
        } catch {
            throw Exit(code: Exit.usage, message: "\(error)")
        }
        try MapRun(
            plan: plan, formatIsGuessed: guessedFormat != nil, command: exec, isTagged: tagged, inputPath: file,
            outputPath: output, statsPath: stats,
            checkpointPath: checkpoint, resumes: resume, onError: onError ?? .fail,
            jobs: jobs?.workers ?? Machine.availableCores(), retries: retries ?? Self.usualRetries,
            timeLimit: timeout?.duration,
            window: (window ?? Self.usualWindow).count, chunkSize: chunkSize, showsProgress: progress
        ).run()
    }
}

/// What stands behind the last dot of a file's name.
func fileExtension(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return String(name[name.index(after: dot)...])
}
