import ProcessionSystem

/// How many records the next chunk should have.
///
/// The first chunks have one record each: they cost little, bring a quick first result, and say what a record costs.
/// From then on a chunk is about `target` of work, growing at most fourfold at a time, so that the price of handing it
/// out disappears and skewed costs still balance. Towards a known end, chunks shrink again.
struct ChunkSizer {
    /// How much work a chunk should be.
    private let target: Duration

    /// Nanoseconds per record, as far as we know.
    private var cost: Double?
    private var limit = 1
    let fixed: Int?
    let workers: Int

    init(fixed: Int?, workers: Int, target: Duration) {
        self.target = target
        self.fixed = fixed
        self.workers = workers
    }

    /// Learns from a chunk that was finished. The time comes from a worker: it is a hint, and any number will do.
    mutating func learn(records: Int, nanoseconds: UInt64) {
        guard records > 0 else { return }
        let seen = Double(nanoseconds) / Double(records)
        let average = cost.map { ($0 + seen) / 2 } ?? seen
        cost = average
        let wanted = Double(target.nanoseconds) / max(average, 0.5)
        limit = min(max(1, Int(wanted)), limit * 4)
    }

    /// Records for the next chunk when `remaining` are left (nil: unknown).
    func next(remaining: Int?) -> Int {
        if let fixed { return fixed }
        guard let remaining else { return limit }
        return max(1, min(limit, remaining / (workers * 4)))
    }
}
