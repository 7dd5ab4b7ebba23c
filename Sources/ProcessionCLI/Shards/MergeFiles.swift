import Glibc
import ProcessionCommandSystem
import ProcessionSystem

/// What a merge writes: the document and the statistics. Neither may be a file of the shards.
struct MergeFiles {
    private let document: OutputFile
    private let statistics: StatisticsFile?

    init(_ options: MergeOptions, _ directory: ShardDirectory, _ plan: ShardPlan) throws {
        document = try OutputFile(options.output ?? "-", growsInPlace: false)
        var reports: StatisticsFile?
        if let path = options.stats { reports = try StatisticsFile(path) }
        statistics = reports
        var claims = FileClaims()
        try claims.addStreams(records: document.target.stream, statistics: statistics?.target.stream)
        try claims.add(document.target.identity, as: .output, named: options.output)
        try claims.add(statistics?.target.identity, as: .statistics, named: options.stats)
        for (path, target) in [(options.output, document.target), (options.stats, statistics?.target)] {
            guard let path, let identity = target?.identity else { continue }
            for name in try File.names(in: directory.path)
            where name == ShardPlan.name || ShardDirectory.shard(of: name) != nil {
                guard File.identity(of: directory.path(of: name)) == identity else { continue }
                throw Exit(.usage, "\(shown(path: path)) is a file of the shards; name another file")
            }
        }
    }

    func output(_ interruption: Interruption) throws -> Output {
        try statistics?.begin()
        return Output(try document.begin(), interruption: interruption)
    }

    func appear() throws { try document.appear() }

    func abandon() -> String { document.abandon() }

    /// Sums; the time of all, and what people have waited, by the clock of the file system.
    func report(_ manifests: [ShardManifest], _ chain: ShardChain) throws(Exit) {
        var figures = RunFigures(window: manifests.map(\.figures.window).max() ?? 0)
        (figures.records, figures.failed) = (chain.records, chain.failed)
        if chain.stop is ShownFailure { figures.failed += 1 }
        for manifest in manifests {
            let part = manifest.figures
            figures.inputBytes += part.inputBytes
            figures.outputBytes += part.outputBytes
            figures.retried += part.retried
            figures.workers += part.workers
            figures.workersReplaced += part.workersReplaced
            figures.workersRetired += part.workersRetired
            figures.seconds += part.seconds
        }
        let wall = max(0, (manifests.map(\.ended).max() ?? 0) - (manifests.map(\.began).min() ?? 0))
        let text = figures.text.dropLast(2) + ",\"shards\":\(manifests.count),\"wall\":\(Double(wall) / 1000)}\n"
        try statistics?.write(String(text))
    }
}
