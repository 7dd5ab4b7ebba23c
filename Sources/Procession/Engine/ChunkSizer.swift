import ProcessionSystem

/// How many records the next chunk should have.
///
/// The first chunks have one record each: they cost little, bring a quick first result, and say what a record costs.
/// From then on a chunk is about `target` of work, growing at most fourfold at a time, so that the price of handing it
/// out disappears and skewed costs still balance. Towards a known end, chunks shrink again.
///
/// Workers that work at several chunks at a time may finish none before they have taken all there are (`gathers`).
/// Before it is known what a record costs, they are given few, and longer ones when they have taken these quickly and
/// ask for more. Where their chunks are so many that there is no place for another, the next ones are longer.
///
/// A function that was mapped before (`ChunkSizes`) begins with chunks as long as they were at the end, where all
/// records are there already; a stream begins with one, because its records may come slowly.
struct ChunkSizer {
    private let fixed: Int?
    /// No chunk may have more records, whatever they cost.
    private let longest: Int
    private let workers: Int
    /// How much work a chunk should be.
    private var target: Duration
    /// Chunks that may be out while the cost is not known; nil for any number.
    private var mostOut: Int?
    /// The target was raised since a chunk was last finished.
    private var isRaised = false
    /// Nanoseconds per record, as far as we know.
    private var cost: Double?
    private var limit = 1
    /// The fewest records that are worth being handed out on their own.
    private var least = 1
    /// Both at the end of the function's last run, if there was one.
    private let remembered: ChunkSizes.Size?
    /// Nanoseconds of work. A worker that sleeps takes as long to wake.
    private static let leastWork = 20_000.0
    /// Records of which nobody knows what they cost.
    private static let mostUnknown = 1 << 20
    /// Of work that one worker gathers at a time, five seconds are 32 chunks.
    private static let longestTarget = Duration.milliseconds(160)

    init(
        fixed: Int?, longest: Int = .max, workers: Int, target: Duration, gathers: Bool = false,
        remembered: ChunkSizes.Size? = nil
    ) {
        self.fixed = fixed
        self.longest = longest
        self.workers = workers
        self.target = target
        mostOut = gathers ? 2 * workers : nil
        self.remembered = remembered
    }

    /// What is worth to be remembered for the function's next run; nil while nothing is known.
    var found: ChunkSizes.Size? { cost == nil ? nil : .init(limit: limit, least: least) }

    /// Whether one more chunk may be opened, beside so many that are out.
    func allows(beside out: Int) -> Bool {
        guard cost == nil, let mostOut else { return true }
        return out < mostOut
    }

    /// Workers that gather chunks have taken most that are out, since the last one was opened, and ask for more.
    mutating func areTaken(_ out: Int, in time: Duration, isFull: Bool) {
        guard mostOut != nil else { return }
        if cost == nil {
            mostOut = out + 2 * workers
            // Up to eight times as long: what is found out about a slow function late is paid by whoever waits for it.
            limit = min(Int(Double(limit) * min(8, max(1, 8 * (target / time)))), max(limit, Self.mostUnknown))
        } else if isFull, !isRaised {
            isRaised = true
            target = min(target * 2, max(target, Self.longestTarget))
        }
    }

    /// Learns from a chunk that was finished. The time comes from a worker: it is a hint, and any number will do.
    mutating func learn(records: Int, in time: Duration) {
        guard records > 0 else { return }
        isRaised = false
        let seen = Double(time.nanoseconds) / Double(records)
        let average = cost.map { ($0 + seen) / 2 } ?? seen
        cost = average
        let wanted = Double(target.nanoseconds) / max(average, 0.5)
        limit = min(max(1, Int(wanted)), max(limit, remembered?.limit ?? 1) * 4)
        least = min(max(1, Int(Self.leastWork / max(average, 0.5))), limit)
    }

    /// Whether so many records, for all we remember, are several whole chunks for every worker.
    func isLong(_ records: Int?) -> Bool {
        guard let records, let remembered else { return false }
        return records / (workers * 4) >= remembered.limit
    }

    /// Records for the next chunk when `remaining` are left (nil: unknown).
    func next(remaining: Int?) -> Int { min(longest, fixed ?? wanted(remaining)) }

    private func wanted(_ remaining: Int?) -> Int {
        guard let remaining else { return limit }
        let size = found ?? remembered ?? .init(limit: 1, least: 1)
        return max(size.least, min(size.limit, remaining / (workers * 4)))
    }
}

/// How long chunks were at the end of the last run of each function.
struct ChunkSizes {
    struct Size: Equatable {
        var limit, least: Int
    }

    private let longest: Int
    private let workers: Int
    private var known: [String: Size] = [:]
    /// The function that was mapped last, so that it need not be looked up when it is mapped again.
    private var last: (function: String, size: Size?) = ("", nil)

    init(longest: Int = .max, workers: Int) {
        self.longest = longest
        self.workers = workers
    }

    /// The sizer of a function's next run.
    mutating func sizer(
        for function: String, fixed: Int? = nil, target: Duration, gathers: Bool
    ) -> ChunkSizer {
        if last.function != function {
            if let size = last.size { known[last.function] = size }
            last = (function, known[function])
        }
        return ChunkSizer(
            fixed: fixed, longest: longest, workers: workers, target: target, gathers: gathers, remembered: last.size)
    }

    /// Remembers what a run has found.
    mutating func learn(_ size: Size?, of function: String) {
        guard let size else { return }
        if last.function == function { last.size = size } else { known[function] = size }
    }
}
