import ProcessionSegment
import ProcessionSystem

/// Says when a worker of a run is to be killed, and when a place is to be taken out of use: a record takes too long or
/// too much memory, nobody holds a place that is claimed, or nobody claims what is open.
///
/// It decides from what it is told and does nothing itself. Whoever asks it must look at the places first, at the
/// workers next (`Crew`), and believe that a place is lost only if it has not been left by then.
struct Watchdog {
    /// A place that is out, and what it says of itself.
    struct Sight: Equatable {
        let place: Int
        /// Where its chunk's items end.
        let end: Int
        /// How long one of its records may take.
        let limit: Duration?
        let report: PlaceReport
    }

    /// The workers of a pool at a moment.
    struct Crew: Equatable {
        var living: Set<Int>
        /// Those of them that sleep, by their own word. Who sleeps holds nothing.
        var asleep: Set<Int> = []
        /// Those that wait for room at a place, which is not out meanwhile.
        var parked: Set<Int> = []

        /// Those that should be working, or about to.
        var working: Set<Int> { living.subtracting(parked) }
    }

    enum Order: Equatable {
        case kill(worker: Int)
        case condemn(place: Int)
    }

    /// Workers show that they live by a word that moves, and keep the limit themselves.
    let countsLife: Bool
    private var clocks: [Int: (generation: Int, clock: RecordClock)] = [:]
    /// Bytes of memory that a worker may have alone.
    let memoryLimit: Int?
    /// Workers killed because their record took longer than so long, or too much memory, until they are reaped.
    private var timedOut: [Int: Duration] = [:]
    private var overweight: Set<Int> = []
    /// How long we have slept since somebody was last seen to work at a chunk, or none was out.
    private var unclaimed = Duration.zero
    /// When to search again.
    private var nextSearch: Instant

    init(countsLife: Bool = false, memoryLimit: Int? = nil, from start: Instant = .earliest) {
        nextSearch = start + Self.searchInterval
        self.memoryLimit = memoryLimit
        self.countsLife = countsLife
    }

    /// A run begins, where none was on. Nothing is searched for before it has gone on for a while.
    mutating func begin(at now: Instant) {
        if !clocks.isEmpty { clocks.removeAll() }
        unclaimed = .zero
        nextSearch = now + Self.searchInterval
    }

    // MARK: Time limits

    /// What is to be done about records that have not moved for too long, when we have slept for `slept`. Only time in
    /// which we ourselves were running counts.
    ///
    /// - Parameter sights: The oldest chunk first: a worker that holds several works at that one.
    mutating func enforce(_ sights: [Sight], _ crew: Crew, slept: Duration) -> [Order] {
        var seen = crew.parked
        return sights.compactMap { sight in
            guard !sight.report.isOpen else { return nil }
            let worker = sight.report.claimer.flatMap { crew.living.contains($0) ? $0 : nil }
            if let worker, !seen.insert(worker).inserted { return nil }
            guard let limit = sight.limit else { return nil }
            switch tick(sight, slept) {
            case .isNoise: return .condemn(place: sight.place)
            case .still(let time) where time >= limit:
                guard let worker else { return .condemn(place: sight.place) }
                guard timedOut[worker] == nil else { return nil }
                timedOut[worker] = limit
                return .kill(worker: worker)
            case .still: return nil
            }
        }
    }

    private mutating func tick(_ sight: Sight, _ slept: Duration) -> RecordClock.Reading {
        let (place, report) = (sight.place, sight.report)
        if clocks[place]?.generation != report.generation { clocks[place] = (report.generation, RecordClock()) }
        return clocks[place]!.clock.tick(
            done: report.done, upTo: sight.end, life: countsLife ? report.nanoseconds : 0, slept: slept)
    }

    /// A worker was reaped: what its record has failed of, if it was killed for a limit.
    mutating func limitBroken(by worker: Int) -> RecordFailure.Cause? {
        let (limit, isOverweight) = (timedOut.removeValue(forKey: worker), overweight.remove(worker) != nil)
        if let limit { return .timedOut(limit) }
        if let memoryLimit, isOverweight { return .tookMemory(memoryLimit) }
        return nil
    }

    // MARK: Memory

    /// Kills whoever has more memory than it may, by the bytes that each worker has.
    mutating func weigh(_ bytes: [Int: Int]) -> [Order] {
        guard let memoryLimit else { return [] }
        let heavy = bytes.filter { $0.value > memoryLimit }.keys.sorted()
        return heavy.compactMap { overweight.insert($0).inserted ? .kill(worker: $0) : nil }
    }

    // MARK: Lost places and stuck workers

    mutating func noteSleep(_ slept: Duration) { unclaimed += slept }

    /// Whether it is time to search. By the clock, because a worker that never stops ringing must not keep us from it.
    mutating func isDue(at now: Instant) -> Bool {
        guard now >= nextSearch else { return false }
        nextSearch = now + Self.searchInterval
        return true
    }

    static let searchInterval = Duration.milliseconds(100)

    /// Places that are claimed, by their owner words, and that nobody holds: the owner word was damaged, or the word
    /// that says that the place was left.
    ///
    /// A worker that sleeps holds nothing, because it has left all it had before. So when all do, what has not been
    /// left never will be, unless its claimer waits for room at another place.
    func lost(_ sights: [Sight], _ crew: Crew) -> [Int] {
        guard crew.working.isSubset(of: crew.asleep) else { return [] }
        return claimed(sights, crew).map(\.place)
    }

    /// Replaces all workers that do not wait for room, when chunks are out and for long nobody has worked at any:
    /// whoever should have claimed one is stuck, perhaps since an earlier run that it was taken for done with, or
    /// writes over the words of their places.
    mutating func replaceStuck(_ sights: [Sight], _ crew: Crew) -> [Order] {
        let isWorkedAt = sights.contains { $0.report.claimer.map(crew.working.contains) == true }
        if sights.isEmpty || isWorkedAt { unclaimed = .zero }
        let longest = sights.compactMap(\.limit).max() ?? .zero
        guard unclaimed >= max(longest, Self.longestStart) else { return [] }
        unclaimed = .zero
        return claimed(sights, crew).map { .condemn(place: $0.place) }
            + crew.working.sorted().map { .kill(worker: $0) }
    }

    /// Longer than any worker takes to start and to claim.
    private static let longestStart = Duration.seconds(5)

    private func claimed(_ sights: [Sight], _ crew: Crew) -> [Sight] {
        sights.filter { !$0.report.isOpen && $0.report.claimer.map(crew.parked.contains) != true }
    }

    /// Who may hold a damaged place: the worker that its owner word names; when it names none, those who are awake and
    /// named by no other place; and when there are none, anybody.
    static func suspects(_ report: PlaceReport, claimers: Set<Int>, _ crew: Crew) -> Set<Int> {
        if let claimer = report.claimer, crew.living.contains(claimer) { return [claimer] }
        let unnamed = crew.working.subtracting(crew.asleep).subtracting(claimers)
        return unnamed.isEmpty ? crew.living : unnamed
    }
}
