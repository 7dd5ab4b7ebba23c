import ProcessionSegment
import ProcessionSystem

/// All state of one run: made when it begins, gone at its end.
///
/// Its caller holds it between the steps: `Engine.run` for the length of a call, a stream until it is read to its end
/// or dropped. What outlives a run (workers, memory, places, figures) is the supervisor's. Other callers come upon what
/// workers have left of it, and so all but `request` and what is the caller's own belongs to the engine's lock.
final class Run: Caller {
    /// Told to the workers, so that they know when another function is wanted.
    let tag: RunTag
    var number: Int { tag.number }
    /// The mangled name of its function's type.
    let function: String
    /// What workers read of the run beside its records.
    private let input: Extent<_InputSegment>?
    var request: RunRequest
    let limits: RunLimits
    /// Somebody has to look at the clock for it.
    let isTimed: Bool
    /// Of how many failures in a chunk the reasons are wanted.
    let failuresByName: Int
    let chunks = ChunkList()
    /// Chunks that must be opened again. Changed by a load and a store each, which needs no check at run time whether
    /// two use it at once; likewise the sizer.
    var waiting: [Chunk] = []
    /// The source has no further records.
    var isExhausted = false
    var sizer: ChunkSizer
    /// Counts what its chunks take for their results.
    let meter: Meter?
    /// Why the run cannot go on, if it cannot.
    private(set) var broken: PoolError?
    /// A worker has rung.
    var isRung = false
    /// When a chunk was last opened.
    var lastOpened = Instant.earliest
    /// How many places hold chunks of it, those that wait for room included: the table's to change.
    var places = 0
    /// Where the only chunk there is lies, if a worker was spinning for it.
    var lonePlace: PlaceTable.Mark?
    /// Nothing of it is wanted any more.
    private(set) var isForgotten = false
    /// From when on who is at it nevertheless is killed.
    private(set) var patienceEnd = Instant.earliest
    /// Who steps it beside others; nil where its caller has it alone, and is the run itself.
    let driver: Caller?
    /// There is something for its caller to do.
    private(set) var hasNews = false
    /// It has chunks to open and no place for them.
    var wantsPlace = false

    // The caller's own.
    /// When to look up from the work the next time, and when to tell how far it is.
    var nextLook = Instant.earliest
    var nextProgress = Instant.earliest
    /// How far it has come, for whoever wants to be told: nothing or one, in an array that is one word of each run.
    private var progress: [RunProgress] = []

    init(
        _ tag: RunTag, _ function: String, _ input: Extent<_InputSegment>?, failuresByName: Int = .max,
        _ sizer: ChunkSizer, _ meter: Meter? = nil, _ request: RunRequest = RunRequest(),
        _ limits: RunLimits = RunLimits(), driver: Caller? = nil
    ) {
        self.tag = tag
        self.function = function
        self.input = input
        self.failuresByName = failuresByName
        self.sizer = sizer
        self.meter = meter
        self.request = request
        self.limits = limits
        isTimed = limits.timeLimit != nil || request.deadline != nil
        self.driver = driver
        super.init(request.interruption)
    }

    var caller: Caller { driver ?? self }

    /// Keeps how far it has come until its caller has no lock, and may tell.
    func keep(_ progress: RunProgress) {
        self.progress = [progress]
        caller.hasProgress = true
    }

    /// Tells how far it has come, if that is new. Without the lock, for that is a user's code.
    func tellProgress() {
        guard let progress = progress.popLast() else { return }
        request.onProgress?(progress)
    }

    // By hand, here and below, for to name the caller takes longer than all else.
    /// Says that there is news; false where that was said already.
    func addNews() -> Bool {
        if hasNews { return false }
        hasNews = true
        if let driver { driver.news += 1 } else { news += 1 }
        return true
    }

    /// Its caller looks after it.
    func takeNews() {
        guard hasNews else { return }
        hasNews = false
        if let driver { driver.news -= 1 } else { news -= 1 }
    }

    /// Does to a chunk what was decided of it, once: what is finished or has failed is drained in its turn. Returns the
    /// chunks of what goes out again, in order; they are the caller's to let wait.
    func carryOut(_ settlement: Settlement, of chunk: Chunk, _ failures: ItemFailures) -> [Chunk] {
        precondition(chunk.isOut, "a chunk is settled once each time that it was out")
        var last: Chunk?
        if let finished = settlement.finished {
            finish(chunk, finished, failures, settlement.account)
            last = chunk
        }
        if let failed = settlement.failed {
            part(failed.items, of: chunk, behind: &last).lose(
                failed.items,
                ItemFailures(failed.items, failed.cause, attempts: failed.attempts, naming: failuresByName))
        }
        return settlement.again.map { again in
            let part = part(again.items, of: chunk, behind: &last)
            part.wait(for: again)
            return part
        }
    }

    /// The first part of a chunk keeps it, the others follow it in chunks of their own.
    private func part(_ items: Range<Int>, of chunk: Chunk, behind last: inout Chunk?) -> Chunk {
        let part = last == nil ? chunk : chunk.part(items)
        if let last { chunks.insert(part, after: last) }
        last = part
        return part
    }

    private func finish(
        _ chunk: Chunk, _ items: Range<Int>, _ failures: ItemFailures, _ account: Settlement.Account?
    ) {
        chunk.finish(items, failures)
        guard let account else { return }
        if let used = account.used { chunk.overflow?.shrink(to: used) }
        var sizer = sizer
        sizer.learn(records: items.count, in: account.time)
        self.sizer = sizer
    }

    /// Lets chunks wait for a place.
    func wait(with chunks: [Chunk]) {
        // Nearly always none, for which `+=` would take as long as for one.
        if !chunks.isEmpty { waiting = waiting + chunks }
    }

    var oldestWaiting: Chunk? { waiting.last }

    func takeOldestWaiting() {
        var waiting = waiting
        self.waiting = []
        waiting.removeLast()
        self.waiting = waiting
    }

    /// The oldest last.
    func sortWaiting() {
        if waiting.count > 1 { waiting = waiting.sorted { $0.firstRecord > $1.firstRecord } }
    }

    /// Where to look whether the run's only chunk is left; asked once.
    func takeLonePlace() -> PlaceTable.Mark? {
        defer { lonePlace = nil }
        return lonePlace
    }

    /// Whether none of its records is to blame for the death of a worker that was killed because the run with a number
    /// was forgotten, if it was.
    func isInnocent(after forgotten: Int?) -> Bool { forgotten != nil && forgotten != number }

    /// A sleep is over, after which the run looks up from its work.
    func hear(_ isRung: Bool) {
        self.isRung = isRung
        nextLook = .earliest
    }

    /// Forgets all records, of which none will be taken any more.
    func forget() {
        if !isForgotten { patienceEnd = .now + .milliseconds(100) }
        isForgotten = true
        chunks.reset()
        waiting = []
    }

    /// A worker has given up the run.
    func end(because surrender: Surrender, _ reason: String?) {
        end(
            PoolError(
                surrender == .systemRefused ? .system : .functionBroken, reason ?? "a worker gave up without saying why"
            ))
    }

    func end(_ error: PoolError) { broken = error }
}
