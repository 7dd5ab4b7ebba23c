import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// `procession merge`: checks that the shards are all of one run, and writes what one machine would have written.
struct MergeRun {
    private let options: MergeOptions
    private let directory: ShardDirectory
    private let plan: ShardPlan
    private let interruption: Interruption

    private static let pause = Duration.milliseconds(200)

    static func run(_ options: MergeOptions) throws(Exit) {
        guard let path = options.directory else {
            throw MergeOptions.command.mistake("name the DIR/ that the shards were written to")
        }
        try options.check()
        do {
            let directory = ShardDirectory(path)
            guard let plan = try directory.plan() else {
                throw ShardRefusal.planIsMissing(directory.path(of: ShardPlan.name))
            }
            let interruption = try Interruption([SIGINT, SIGTERM, SIGHUP])
            let run = MergeRun(options: options, directory: directory, plan: plan, interruption: interruption)
            switch options.question {
            case .missing: try run.say([ShardChain.spelling(of: run.shardsToRun())])
            case .list: try run.say(run.list())
            case nil: try run.merge()
            }
        } catch {
            throw exit(error)
        }
    }

    private static func exit(_ error: any Error) -> Exit {
        if let error = error as? SystemError { return Exit(.usage, "cannot read the shards: \(error)") }
        let account = RunAccount(
            input: InputName(nil, format: .lines), checkpoint: nil, done: 0, progress: "the merge is not whole")
        return Exit(error, of: account)
    }

    private func say(_ lines: [String]) throws {
        let lines = lines.filter { !$0.isEmpty }
        guard !lines.isEmpty else { return }
        do {
            try File.write(1, text: lines.map { $0 + "\n" }.joined())
        } catch {
            throw OutputError(error: error)
        }
    }

    // MARK: Questions

    /// The shards that are not settled: those without a whole manifest, and those that would try their record again.
    private func shardsToRun() throws -> [Int] {
        var shards: [Int] = []
        for shard in 0..<plan.shards {
            let manifest = try directory.manifest(of: shard).manifest
            if manifest?.plan != plan.id || manifest?.state == .failed { shards.append(shard) }
        }
        return shards
    }

    private func list() throws -> [String] {
        var chain = ShardChain(plan)
        var files: [[String]] = Array(repeating: [], count: plan.between.count + 1)
        while !chain.isWhole {
            let manifest = try manifest(of: chain.next)
            try take(manifest, &chain)
            for (column, file) in manifest.data.enumerated() where file.bytes > 0 {
                files[column].append(directory.path(of: file.name))
            }
        }
        try chain.checkEnd()
        return files.flatMap { $0 }
    }

    // MARK: Merging

    private func merge() throws {
        let files = try MergeFiles(options, directory, plan)
        let document = MergedDocument(plan, directory, try files.output(interruption))
        var merged = Merged(plan)
        do {
            try write(document, &merged)
            try files.appear()
        } catch {
            throw ending(error, merged, files)
        }
        try end(merged, files)
    }

    /// What was merged so far.
    private struct Merged {
        var chain: ShardChain
        var manifests: [ShardManifest] = []
        init(_ plan: ShardPlan) { chain = ShardChain(plan) }
    }

    private func write(_ document: MergedDocument, _ merged: inout Merged) throws {
        if let only = options.only { return try write(only, document) }
        if !options.follows { try requireAll() }
        while !merged.chain.isWhole {
            let manifest = try manifest(of: merged.chain.next)
            try take(manifest, &merged.chain)
            merged.manifests.append(manifest)
            if let first = manifest.data.first { try copy(first, of: manifest.shard.number, document) }
        }
        try merged.chain.checkEnd()
        if let stop = merged.chain.stop { throw stop }
        try finish(merged.manifests, document)
    }

    /// How the merge ends that is not whole: as one machine would, where a shard has stopped.
    private func ending(_ error: any Error, _ merged: Merged, _ files: MergeFiles) -> any Error {
        let (found, chain) = (files.abandon(), merged.chain)
        guard chain.stop != nil, let last = merged.manifests.last else { return exit(error, found) }
        try? files.report(merged.manifests, chain)
        for failure in chain.failures { complain("\(failure)") }
        let outcome = RecordStream.Outcome(done: chain.records, failed: chain.failed)
        return Exit(
            error,
            of: RunAccount(
                input: InputName(last.input, format: last.isFormatGuessed ? nil : plan.from), checkpoint: nil,
                done: chain.records, progress: outcome.account(plan.onError, "") + found))
    }

    private func exit(_ error: any Error, _ found: String) -> any Error {
        guard !found.isEmpty else { return error }
        let exit = Self.exit(error)
        return exit.message.isEmpty ? exit : Exit(exit.code, exit.message + found)
    }

    /// Says what one machine says at the end.
    private func end(_ merged: Merged, _ files: MergeFiles) throws {
        guard options.only == nil else { return }
        let chain = merged.chain
        try files.report(merged.manifests, chain)
        if options.cleans { try clean(merged.manifests) }
        for failure in chain.failures { complain("\(failure)") }
        try RecordStream.Outcome(done: chain.records, failed: chain.failed).tell(plan.onError, "")
        if chain.filterFailed {
            throw Exit(.recordFailed, "\(chain.records) records done, but a filter failed at its end")
        }
    }

    /// Refuses while a shard is missing that is needed: all, or those before one that stops the run.
    private func requireAll() throws {
        var missing: [Int] = []
        for shard in 0..<plan.shards {
            switch try directory.manifest(of: shard) {
            case .nothing: missing.append(shard)
            case .damaged: continue
            case .whole(let manifest):
                guard manifest.isComplete || !missing.isEmpty else { return }
            }
        }
        guard !missing.isEmpty else { return }
        throw ShardRefusal.other(
            "\(missing.count) of \(shardsText(plan.shards)) \(missing.count == 1 ? "is" : "are") missing; run "
                + "\(missing.count == 1 ? "it" : "them"): \(ShardChain.again(missing))")
    }

    private func take(_ manifest: ShardManifest, _ chain: inout ShardChain) throws {
        guard manifest.data.isEmpty || manifest.data.count == plan.between.count + 1 else {
            throw ShardRefusal.other("shard \(chain.next) names \(manifest.data.count) files of texts; run it again")
        }
        try chain.take(manifest)
    }

    /// The manifest of a shard; waits for one that is torn, and with --follow for one that is not there yet.
    private func manifest(of shard: Int) throws -> ShardManifest {
        let patience = Patience(options.wait)
        while true {
            let found = try directory.manifest(of: shard)
            if let manifest = found.manifest { return manifest }
            if found == .nothing {
                guard options.follows else {
                    throw ShardRefusal.other("shard \(shard) is missing; run it: \(ShardChain.again([shard]))")
                }
                try wait()
            } else {
                guard patience.lasts(for: shard) else {
                    throw ShardRefusal.other(
                        "\(shown(path: directory.path(of: ShardDirectory.manifestName(shard)))) is torn; remove it, and run "
                            + "the shard again: \(ShardChain.again([shard]))")
                }
                try wait()
            }
        }
    }

    private func wait() throws {
        var items = [interruption.pollItem]
        _ = try poll(&items, timeout: Self.pause)
        try interruption.throwIfInterrupted()
    }

    private func copy(_ file: ShardManifest.DataFile, of shard: Int, _ document: MergedDocument) throws {
        let patience = Patience(options.wait)
        while try !document.append(file) {
            guard patience.lasts(for: shard) else {
                throw ShardRefusal.other(
                    "\(shown(path: directory.path(of: file.name))) is not what the manifest of shard \(shard) says; remove "
                        + "that manifest, and run the shard again: \(ShardChain.again([shard]))")
            }
            try wait()
        }
    }

    private func finish(_ manifests: [ShardManifest], _ document: MergedDocument) throws {
        for (column, text) in plan.between.enumerated() {
            try document.begin(text)
            for manifest in manifests where !manifest.data.isEmpty {
                try copy(manifest.data[column + 1], of: manifest.shard.number, document)
            }
        }
        try document.close()
    }

    /// One shard as a document.
    private func write(_ shard: Int, _ document: MergedDocument) throws {
        guard shard < plan.shards else {
            throw ShardRefusal.other(ShardChoice.tooLarge(shard, of: plan.shards))
        }
        let manifest = try manifest(of: shard)
        guard manifest.plan == plan.id else {
            throw ShardRefusal.other(
                "shard \(shard) was run for another plan; run it again: \(ShardChain.again([shard]))")
        }
        if let file = manifest.data.first { try copy(file, of: shard, document) }
        try finish([manifest], document)
    }

    /// Removes what attempts have left that came to nothing.
    private func clean(_ manifests: [ShardManifest]) throws {
        let kept = Set(manifests.flatMap { $0.data.map(\.name) })
        for name in try File.names(in: directory.path) where isLeftOver(name) && !kept.contains(name) {
            // Whoever else cleans may have been quicker.
            try? File.remove(directory.path(of: name))
        }
    }

    /// Whether a file is one of those that attempts make for themselves.
    private func isLeftOver(_ name: String) -> Bool {
        guard let shard = ShardDirectory.shard(of: name), shard < plan.shards else { return false }
        return [".out", ".ckpt", ".failed", ".tmp"].contains { name.hasSuffix($0) }
    }
}

/// How long a file system is given to show what is there.
private final class Patience {
    private let wait: Duration
    private var deadline: Instant?

    init(_ wait: Duration) { self.wait = wait }

    /// Whether there is time left. Says once that it is waited.
    func lasts(for shard: Int) -> Bool {
        if deadline == nil, wait > .zero { complain("waiting for shard \(shard) to become visible") }
        let end = deadline ?? .now + wait
        deadline = end
        return .now < end
    }
}
