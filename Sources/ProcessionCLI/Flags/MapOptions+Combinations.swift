import ProcessionRecords

/// Which options cannot be given together, and which need another: decided here alone, in two tables.
extension MapOptions {
    private static let output = "a filter's answer is the record's output as it came"

    /// What cannot be given with a filter whose answers are no columns.
    static let rawExclusions: [(Flag, Flag, reason: String)] = [
        (.column, "give one of the two"), (.to, "in whatever format the filter writes"),
        (.key, "without a key before it"), (.append, "and is no column"), (.split, "and is no column"),
    ].map { flag, reason in
        (flag, .exec, "\(output), \(reason), unless --answers names columns in it; or leave \(flag.word) out")
    }

    static let exclusions: [(Flag, Flag, reason: String)] = [
        (.append, .split, "appended columns belong to their record, and split ones to an object of their own"),
        (.checkpoint, .split, "which keeps columns in memory to the end"),
        (.shard, .checkpoint, "a shard keeps its own, beside its output, and goes on from there"),
    ]

    static let needs: [(Flag, needed: Flag, reason: String)] = [
        (.answers, .exec, "COMMAND, the filter that gives them"),
        (.answersFormat, .answers, "NAME[:TYPE],…: what they are called"),
        (.send, .exec, "COMMAND, the filter that it is sent to"),
        (.tagged, .exec, "COMMAND, the filter that is sent the numbers"),
        (.resume, .checkpoint, "FILE of the run to continue"),
        (.shard, .output, "DIR/, the directory that all shards write to"),
        (.checkpoint, .output, "FILE: what went elsewhere cannot be continued"),
    ]

    /// Refuses options of which one cannot apply beside the other.
    func checkCombinations() throws(PlanError) {
        for (option, other, reason) in (answers == nil ? Self.rawExclusions : []) + Self.exclusions
        where option.isGiven(self) && other.isGiven(self) {
            throw PlanError("\(option.word) cannot be combined with \(other.word): \(reason)")
        }
        for (option, needed, reason) in Self.needs where option.isGiven(self) && !needed.isGiven(self) {
            throw PlanError("\(option.word) needs \(needed.word) \(reason)")
        }
    }
}
