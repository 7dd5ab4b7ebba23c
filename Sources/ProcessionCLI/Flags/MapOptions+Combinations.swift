import ProcessionRecords

/// Which options cannot be given together, and which need another: decided here alone, in two tables.
extension MapOptions {
    private static let answers = "a filter's answer is the record's output as it came"

    static let exclusions: [(Flag, Flag, reason: String)] = [
        (.column, .exec, "\(answers); give one of the two"),
        (.to, .exec, "\(answers), in whatever format the filter writes; leave --to out"),
        (.key, .exec, "\(answers), without a key before it; let the filter write it, and leave --key out"),
        (.append, .exec, "\(answers), and is no column; let the filter write the whole record, and leave --append out"),
        (.split, .exec, "\(answers), and is no column; leave --split out"),
        (.append, .split, "appended columns belong to their record, and split ones to an object of their own"),
        (.checkpoint, .split, "which keeps columns in memory to the end"),
        (.shard, .checkpoint, "a shard keeps its own, beside its output, and goes on from there"),
    ]

    static let needs: [(Flag, needed: Flag, reason: String)] = [
        (.tagged, .exec, "COMMAND, the filter that is sent the numbers"),
        (.resume, .checkpoint, "FILE of the run to continue"),
        (.shard, .output, "DIR/, the directory that all shards write to"),
        (.checkpoint, .output, "FILE: what went elsewhere cannot be continued"),
    ]

    /// Refuses options of which one cannot apply beside the other.
    func checkCombinations() throws(PlanError) {
        for (option, other, reason) in Self.exclusions where option.isGiven(self) && other.isGiven(self) {
            throw PlanError("\(option.word) cannot be combined with \(other.word): \(reason)")
        }
        for (option, needed, reason) in Self.needs where option.isGiven(self) && !needed.isGiven(self) {
            throw PlanError("\(option.word) needs \(needed.word) \(reason)")
        }
    }
}
