import Procession
import ProcessionRecords
import ProcessionSystem

/// What `procession map` was asked for, and the run that it makes of that.
struct MapOptions: Equatable {
    var columns: [String] = []
    var exec: String?
    var from: RecordFormat?
    var to: RecordFormat?
    var key: String?
    var value: String?
    var append = false
    var split = false
    var jobs: JobCount?
    var output: String?
    var onError = OnError.fail
    var timeout: Seconds?
    var retries = 1
    var window = ByteSize(count: MapRun.smallWindow)
    var chunkSize: Int?
    var checkpoint: String?
    var resume = false
    var progress: Bool?
    var stats: String?
    var file: String?

    /// Throws what is wrong with what was asked for.
    func validated() throws(PlanError) {
        guard !columns.isEmpty || exec != nil else {
            throw PlanError(
                "nothing to compute: give at least one --column, as in -c value=double, or a filter with --exec")
        }
        guard retries >= 0 else { throw PlanError("--retries cannot be negative") }
        guard chunkSize ?? 1 >= 1 else { throw PlanError("--chunk-size must be at least 1") }
        guard checkpoint != nil || !resume else {
            throw PlanError("--resume needs the --checkpoint FILE of the run to continue")
        }
        guard checkpoint == nil || output != nil else {
            throw PlanError("--checkpoint needs --output FILE: what went elsewhere cannot be continued")
        }
        guard checkpoint == nil || !split else {
            throw PlanError("--checkpoint cannot be combined with --split, which keeps columns in memory to the end")
        }
        guard window.count >= MapRun.smallestWindow else {
            throw PlanError("--window must be at least \(byteText(MapRun.smallestWindow))")
        }
        _ = try plan()
    }

    private func plan() throws(PlanError) -> RecordPlan {
        var input = from ?? file.flatMap { RecordFormat(fileExtension: fileExtension(of: $0)) } ?? .lines
        // A filter that is handed whole objects judges them itself: to us they are lines, and cost no more than lines.
        if exec != nil, input == .ndjson, value == nil { input = .lines }
        var plan = RecordPlan(
            input: input, output: to ?? input, key: key, value: value, append: append, split: split, exec: exec != nil,
            emptyWhenFailed: onError == .null)
        for column in columns { plan.columns.append(try Column(parsing: column)) }
        try plan.validated()
        return plan
    }

    func run() throws {
        try MapRun(
            plan: plan(), command: exec, inputPath: file, outputPath: output, statsPath: stats,
            checkpointPath: checkpoint, resumes: resume, onError: onError,
            jobs: jobs?.workers ?? Machine.availableCores(), retries: retries, timeLimit: timeout?.duration,
            window: window.count, chunkSize: chunkSize,
            showsProgress: progress ?? Progress.isWanted
        ).run()
    }
}

/// What stands behind the last dot of a file's name.
private func fileExtension(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return String(name[name.index(after: dot)...])
}
