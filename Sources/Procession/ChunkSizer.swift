import ProcessionSystem

/// How many records the next chunk should have.
///
/// The first chunks have one record each: they cost little, bring a quick first result, and say what a record costs.
/// From then on a chunk is about `target` of work, growing at most fourfold at a time, so that the price of handing it
/// out disappears and skewed costs still balance. Towards a known end, chunks shrink again.
///
/// A function that was mapped before begins with chunks as long as they were at the end, where all records are there
/// already; a stream begins with one, because its records may come slowly.
struct ChunkSizer {
    private let fixed: Int?
    private let workers: Int
    /// How much work a chunk should be.
    private var target = Duration.zero
    private var function = ""
    /// Nanoseconds per record, as far as we know.
    private var cost: Double?
    private var limit = 1
    /// The fewest records that are worth being handed out on their own.
    private var least = 1
    /// Both at the end of the function's last run.
    private var remembered = (limit: 1, least: 1)
    private var known: [String: (limit: Int, least: Int)] = [:]
    /// Nanoseconds of work. A worker that sleeps takes as long to wake.
    private static let leastWork = 20_000.0

    init(fixed: Int?, workers: Int) {
        self.fixed = fixed
        self.workers = workers
    }

    mutating func begin(_ function: String, target: Duration) {
        if cost != nil { known[self.function] = (limit, least) }
        remembered = known[function] ?? (1, 1)
        limit = 1
        least = 1
        cost = nil
        self.function = function
        self.target = target
    }

    /// Learns from a chunk that was finished. The time comes from a worker: it is a hint, and any number will do.
    mutating func learn(records: Int, nanoseconds: UInt64) {
        guard records > 0 else { return }
        let seen = Double(nanoseconds) / Double(records)
        let average = cost.map { ($0 + seen) / 2 } ?? seen
        cost = average
        let wanted = Double(target.nanoseconds) / max(average, 0.5)
        limit = min(max(1, Int(wanted)), max(limit, remembered.limit) * 4)
        least = min(max(1, Int(Self.leastWork / max(average, 0.5))), limit)
    }

    /// Whether so many records, for all we remember, are several whole chunks for every worker.
    func isLong(_ records: Int?) -> Bool {
        guard let records, known[function] != nil else { return false }
        return records / (workers * 4) >= remembered.limit
    }

    /// Records for the next chunk when `remaining` are left (nil: unknown).
    func next(remaining: Int?) -> Int {
        if let fixed { return fixed }
        guard let remaining else { return limit }
        let (limit, least) = cost == nil ? remembered : (limit, least)
        return max(least, min(limit, remaining / (workers * 4)))
    }
}
