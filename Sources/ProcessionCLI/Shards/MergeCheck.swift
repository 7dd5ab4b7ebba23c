import ProcessionRecords

/// Which of the shards there are, and whether they belong together: values alone, no file.
struct ShardChain {
    let plan: ShardPlan

    /// What has been taken, one shard after the other.
    private(set) var next = 0
    private(set) var records = 0
    private(set) var lines = 0
    private(set) var failed = 0
    /// The first that failed, with numbers of the whole.
    private(set) var failures: [ShownFailure] = []
    private(set) var filterFailed = false
    private(set) var sum = CRC64()
    private(set) var bytes = 0
    /// What a shard has stopped at, and with it all of the run.
    private(set) var stop: (any EndingError)?

    init(_ plan: ShardPlan) { self.plan = plan }

    /// Takes the manifest of the next shard; throws why it does not continue the others.
    mutating func take(_ manifest: ShardManifest) throws(ShardRefusal) {
        let shard = manifest.shard
        guard manifest.plan == plan.id, shard == Shard(number: next, count: plan.shards) else {
            throw .other(
                "shard \(next) was run for another plan than \(ShardPlan.name); run it again: \(Self.again([next]))")
        }
        guard manifest.bytes.lowerBound == bytes else {
            let kind = manifest.bytes.lowerBound < bytes ? "an overlap" : "a gap"
            throw .other(
                "shard \(next) begins at byte \(manifest.bytes.lowerBound) where \(bytes) was expected, which is \(kind); "
                    + "run both again: \(Self.again([max(0, next - 1), next]))")
        }
        guard plan.index == nil || manifest.records.lowerBound == records else {
            throw .other(
                "shard \(next) begins at record \(manifest.records.lowerBound) where \(records) was expected; "
                    + "run both again: \(Self.again([max(0, next - 1), next]))")
        }
        join(manifest)
        next += 1
    }

    private mutating func join(_ manifest: ShardManifest) {
        // What was counted from the beginning of the shard.
        let (recordShift, lineShift) = (
            records - manifest.records.lowerBound, lines - (manifest.lines.lowerBound - 1)
        )
        let shown = manifest.failures.map { failure in
            var failure = failure
            failure.index += recordShift
            failure.line = failure.line.map { $0 + lineShift }
            return failure
        }
        switch manifest.state {
        case .complete: break
        case .failed: stop = shown.last
        case .malformed:
            var error = manifest.syntax ?? RecordSyntaxError(message: "", line: 0, offset: FileOffset(bytes: 0))
            error.line += lineShift
            stop = error
        }
        failures += manifest.state == .failed ? shown.dropLast() : shown[...]
        failures = Array(failures.prefix(RecordOutput.shownFailures))
        failed += manifest.failed
        records += manifest.records.count
        lines += manifest.lines.count
        filterFailed = filterFailed || manifest.filterFailed
        sum = sum.joined(with: manifest.sum, count: manifest.bytes.count)
        bytes = manifest.bytes.upperBound
    }

    /// Whether no further shard is needed: the last was taken, or one stops the run.
    var isWhole: Bool { next == plan.shards || stop != nil }

    /// Throws where the shards together are not the input of the plan.
    func checkEnd() throws(ShardRefusal) {
        guard stop == nil else { return }
        guard bytes == plan.inputSize else {
            throw .other(
                "the shards end at byte \(bytes) of \(plan.inputSize); run the last again: \(Self.again([next - 1]))")
        }
        guard let index = plan.index else { return }
        guard sum == index.sum, records == index.records else {
            throw .other(
                "the input was changed since its index was made: the shards have not read what that has; make the index anew, "
                    + "and run the shards into another directory")
        }
    }

    /// How to run shards again.
    static func again(_ shards: [Int]) -> String { "--array=\(spelling(of: shards))" }

    /// As an engine's --array takes numbers: "3,17,40-42".
    static func spelling(of numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}
