import ProcessionSegment
import ProcessionSystem

/// The places of a pool: what each holds, under which generation, and who may still write there.
///
/// A place is *free*; or *out*, with a chunk that a worker may claim or has claimed; or *parked*, when its claimer has
/// left it and waits there for room; or *condemned*, when its words are no worker's: then it is out of use until all
/// are reaped who may hold it. These are the parent's own books, which no worker can write, and they take every step of
/// the protocol that concerns a place: what is in them, and what is in shared memory, changes together.
struct PlaceTable {
    private enum Content {
        case free
        case out(Chunk)
        case parked(Chunk, by: Int)
        case condemned(Chunk, suspects: Set<Int>)
    }

    private let segments: ParentSegments
    private var contents: [Content]
    /// Of which run the chunk of a place is, for those that hold one.
    private var runs: [Run?]
    /// Those under which the places were last opened or granted.
    private var generations: [Int]
    private var free: [Int]
    /// The places that are out or condemned, in no order.
    private(set) var occupied: [Int] = []
    /// The bytes of input that the chunks there have.
    private(set) var bytesOut = 0
    /// The places whose claimers wait for room, and who these are, by what the places say.
    private(set) var parked: [Int: Int] = [:]
    /// Chunks opened so far.
    private var sequence = 0
    /// Runs of which places hold chunks.
    private(set) var holders = 0

    init(_ segments: ParentSegments) {
        self.segments = segments
        contents = Array(repeating: .free, count: segments.layout.placeCount)
        runs = Array(repeating: nil, count: segments.layout.placeCount)
        generations = Array(repeating: 0, count: segments.layout.placeCount)
        free = Array(contents.indices.reversed())
    }

    // MARK: What there is

    var count: Int { contents.count }
    var hasFree: Bool { !free.isEmpty }
    var hasCondemned: Bool { contents.contains { if case .condemned = $0 { true } else { false } } }

    /// The chunk that a place holds.
    func chunk(at place: Int) -> Chunk? {
        switch contents[place] {
        case .free: nil
        case .out(let chunk), .parked(let chunk, _), .condemned(let chunk, _): chunk
        }
    }

    /// What a place holds, and whose it is.
    func holding(_ place: Int) -> (chunk: Chunk, run: Run)? {
        guard let chunk = chunk(at: place), let run = runs[place] else { return nil }
        return (chunk, run)
    }

    /// A place, and under which generation it was opened.
    struct Mark {
        let number, generation: Int
    }

    func mark(of place: Int) -> Mark { Mark(number: place, generation: generations[place]) }

    // MARK: What a run has

    /// The places that are out or condemned and hold chunks of a run.
    func held(by run: Run) -> [Int] { occupied.filter { runs[$0] === run } }

    /// Whether any place holds a chunk of a run, one that waits for room included.
    func holds(_ run: Run) -> Bool { run.places > 0 }

    func count(of run: Run) -> Int { run.places }

    /// How many other runs have places.
    func holders(beside run: Run) -> Int { holders - (run.places > 0 ? 1 : 0) }

    /// The bytes of input of a run's chunks that are out.
    func bytesOut(of run: Run) -> Int {
        run.places == 0 ? 0 : held(by: run).reduce(0) { $0 + (chunk(at: $1)?.input.count ?? 0) }
    }

    /// The places where workers are, or may begin, and what they are at.
    var out: some Sequence<(place: Int, chunk: Chunk)> {
        occupied.lazy.compactMap { place in
            if case .out(let chunk) = contents[place] { (place, chunk) } else { nil }
        }
    }

    /// The places where workers are, or may begin, and what these say; the oldest chunk first.
    var sights: [Watchdog.Sight] {
        out.sorted { $0.chunk.sequence < $1.chunk.sequence }.map { place, chunk in
            Watchdog.Sight(
                place: place, end: chunk.items.upperBound, limit: runs[place]?.limits.timeLimit, report: look(at: place)
            )
        }
    }

    /// The workers that hold a place, by what the places say.
    var claimers: Set<Int> { Set(occupied.compactMap { look(at: $0).claimer }) }

    /// What a place says of itself.
    func look(at place: Int) -> PlaceReport { segments.look(at: place, generation: generations[place]) }

    /// Whether the claimer of a place that is not condemned has said its last word.
    func hasLeft(_ place: Int) -> Bool {
        guard segments.hasLeft(place: place, generation: generations[place]) else { return false }
        if case .out = contents[place] { return true }
        return false
    }

    /// Whether the claimer that has left a place waits there for room.
    func waitsForRoom(at place: Int) -> Bool {
        segments.waitsForRoom(place: place, generation: generations[place])
    }

    func isParked(_ worker: Int?) -> Bool { parked.values.contains { $0 == worker } }

    /// Those that wait for room, and with what; the oldest records first.
    var waiters: [(place: Int, worker: Int, chunk: Chunk)] {
        parked.compactMap { place, worker in chunk(at: place).map { (place, worker, $0) } }
            .sorted { $0.chunk.firstRecord < $1.chunk.firstRecord }
    }

    func waiters(of run: Run) -> [(place: Int, worker: Int, chunk: Chunk)] {
        parked.isEmpty ? [] : waiters.filter { runs[$0.place] === run }
    }

    /// What a worker has claimed, by what the places say, the oldest chunk first.
    func claims(of worker: Int) -> [(place: Int, chunk: Chunk, run: Run, report: PlaceReport)] {
        out.map { ($0.place, $0.chunk, runs[$0.place]!, look(at: $0.place)) }.filter { $0.3.claimer == worker }
            .sorted { $0.1.sequence < $1.1.sequence }
    }

    /// From which sequence on a chunk that is left wakes the parent: of each run, that of the chunk in the middle of
    /// those that are out; of one that ends, of the first. The least of these; of all, where a run waits for a place.
    func wish(of runs: [Run]) -> Int? {
        if occupied.count == 1 { return chunk(at: occupied[0])?.sequence }
        guard runs.count > 1 || runs.first?.isForgotten == true else { return Self.middle(sequences(of: occupied)) }
        let areAllWanted = runs.contains { $0.wantsPlace && !holds($0) }
        // Of a run that has one or two, as nearly all where there are many runs, the first is the one in the middle.
        var wish = Int.max
        for place in occupied {
            guard let run = self.runs[place], areAllWanted || run.isForgotten || run.places <= 2 else { continue }
            if let chunk = chunk(at: place), chunk.sequence < wish { wish = chunk.sequence }
        }
        if !areAllWanted {
            for run in runs where run.places > 2 && !run.isForgotten {
                wish = min(wish, Self.middle(sequences(of: held(by: run))) ?? .max)
            }
        }
        return wish == .max ? nil : wish
    }

    private func sequences(of places: [Int]) -> [Int] { places.compactMap { chunk(at: $0)?.sequence }.sorted() }

    private static func middle(_ sequences: [Int]) -> Int? {
        sequences.isEmpty ? nil : sequences[(sequences.count - 1) / 2]
    }

    // MARK: What becomes of a place

    /// Opens a chunk in a free place. There must be one.
    mutating func open(_ chunk: Chunk, run: Run) {
        let place = free.removeLast()
        chunk.sequence = sequence
        sequence += 1
        runs[place] = run
        run.places += 1
        if run.places == 1 { holders += 1 }
        occupy(place, with: chunk)
        segments.open(
            place: place, generation: generations[place], sequence: chunk.sequence, chunk.descriptor(run: run.tag))
    }

    /// Gives what waits at a place to the worker that waits there. It has room now.
    mutating func grant(_ place: Int) {
        guard case .parked(let chunk, let worker) = contents[place], let run = runs[place] else { return }
        parked[place] = nil
        occupy(place, with: chunk)
        segments.grant(
            place: place, generation: generations[place], sequence: chunk.sequence, to: worker,
            chunk.descriptor(run: run.tag))
    }

    private mutating func occupy(_ place: Int, with chunk: Chunk) {
        occupied.append(place)
        bytesOut += chunk.input.count
        generations[place] += 1
        contents[place] = .out(chunk)
        chunk.state = .open(place: place)
    }

    /// Takes chunks of a run back that nobody has claimed, the newest first, so that it keeps so many places. Returns
    /// what they held.
    @discardableResult
    mutating func revoke(of run: Run, beyond most: Int) -> [Chunk] {
        var revoked: [Chunk] = []
        guard run.places > most else { return revoked }
        let newest = held(by: run).sorted { chunk(at: $0)?.sequence ?? 0 > chunk(at: $1)?.sequence ?? 0 }
        for place in newest.prefix(max(0, count(of: run) - most)) {
            guard case .out(let chunk) = contents[place],
                segments.revoke(place: place, generation: generations[place])
            else { continue }
            release(place)
            chunk.state = .waiting
            revoked.append(chunk)
        }
        return revoked
    }

    /// Closes a place that nobody writes any more.
    mutating func vacate(_ place: Int) {
        segments.close(place: place, generation: generations[place])
        faultPoint("vacated")
        release(place)
    }

    private mutating func release(_ place: Int) {
        withdraw(place)
        empty(place)
    }

    private mutating func empty(_ place: Int) {
        contents[place] = .free
        if let run = runs[place] {
            run.places -= 1
            if run.places == 0 { holders -= 1 }
        }
        runs[place] = nil
        free.append(place)
    }

    private mutating func withdraw(_ place: Int) {
        bytesOut -= chunk(at: place)?.input.count ?? 0
        occupied.swapAt(occupied.firstIndex(of: place)!, occupied.count - 1)
        occupied.removeLast()
    }

    /// The claimer of a place has left it and waits there for room, with the rest of its chunk.
    mutating func park(_ place: Int, by worker: Int, with rest: Chunk) {
        if let chunk = chunk(at: place) { rest.sequence = chunk.sequence }
        withdraw(place)
        parked[place] = worker
        contents[place] = .parked(rest, by: worker)
        rest.state = .parked
    }

    /// Takes a place from the worker that waits there, or was about to.
    mutating func dismissWaiter(at place: Int) {
        if case .parked(let chunk, _) = contents[place] { chunk.state = .waiting }
        if parked.removeValue(forKey: place) == nil { withdraw(place) }
        segments.close(place: place, generation: generations[place])
        segments.refuse(place: place, generation: generations[place])
        empty(place)
    }

    /// Takes a place out of use until all suspects are reaped.
    mutating func condemn(_ place: Int, suspects: Set<Int>) {
        guard case .out(let chunk) = contents[place] else { return }
        contents[place] = .condemned(chunk, suspects: suspects)
    }

    /// A worker was reaped. Returns whether it was suspected, and vacates the places of which it was the last suspect.
    mutating func acquit(_ worker: Int) -> (wasSuspect: Bool, freed: [(chunk: Chunk, run: Run)]) {
        var wasSuspect = false
        for place in occupied {
            guard case .condemned(let chunk, var suspects) = contents[place], suspects.remove(worker) != nil
            else { continue }
            wasSuspect = true
            contents[place] = .condemned(chunk, suspects: suspects)
        }
        return (wasSuspect, wasSuspect ? vacateUnsuspected() : [])
    }

    /// Vacates the condemned places whose suspects are all reaped. Returns what they held.
    mutating func vacateUnsuspected() -> [(chunk: Chunk, run: Run)] {
        var chunks: [(chunk: Chunk, run: Run)] = []
        for place in occupied {
            guard case .condemned(let chunk, let suspects) = contents[place], suspects.isEmpty, let run = runs[place]
            else { continue }
            vacate(place)
            chunks.append((chunk, run))
        }
        return chunks
    }

    /// Takes care that nobody claims a place, none of which holds a chunk, because its owner word was written over.
    func closeFree() {
        segments.keepClosed(generations.span)
    }
}
