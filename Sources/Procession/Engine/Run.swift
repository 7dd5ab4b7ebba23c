import ProcessionSegment
import ProcessionSystem

/// All state of one run: made when it begins, lent to each of its steps, gone at its end.
///
/// Whoever takes the results holds it between the steps: `Supervisor.run` for the length of a call, a stream until it
/// is read to its end or dropped. What outlives a run (workers, memory, places, figures) is the supervisor's.
package struct Run: ~Copyable {
    /// Told to the workers, so that they know when another function is wanted.
    let number: Int
    /// The mangled name of its function's type.
    let function: String
    /// What workers read of the run beside its records.
    private let input: Extent<_InputSegment>?
    var request: RunRequest
    /// Of how many failures in a chunk the reasons are wanted.
    let failuresByName: Int
    let chunks = ChunkList()
    /// Chunks that must be opened again.
    var waiting: [Chunk] = []
    /// The source has no further records.
    var isExhausted = false
    /// Where the source said that it waits for input, the last time it was asked.
    var awaitedInput: Int32?
    var sizer: ChunkSizer
    var watchdog: Watchdog
    /// Deaths of workers that had claimed nothing, since a chunk was last left.
    var idleDeaths = 0
    /// Why the run cannot go on, if a worker has said so.
    private(set) var broken: PoolError?
    /// A worker has rung.
    var isRung = false
    /// When a chunk was last opened.
    var lastOpened = Instant.earliest
    /// What was opened last is the chunk that a worker was spinning for.
    var isAwaited = false
    /// When to look up from the work the next time, when to weigh the workers, and when to tell how far it is.
    var nextLook = Instant.earliest
    var nextWeighing = Instant.earliest
    var nextProgress = Instant.earliest

    init(
        number: Int, _ function: String, _ input: Extent<_InputSegment>?, failuresByName: Int = .max,
        _ sizer: ChunkSizer,
        _ watchdog: Watchdog, _ request: RunRequest = RunRequest()
    ) {
        self.number = number
        self.function = function
        self.input = input
        self.failuresByName = failuresByName
        self.sizer = sizer
        self.watchdog = watchdog
        self.request = request
    }

    /// Does to a chunk what was decided of it, once: what is finished or has failed is drained in its turn. Returns the
    /// chunks of what goes out again, in order; they are the caller's to let wait.
    mutating func carryOut(_ settlement: Settlement, of chunk: Chunk, _ failures: ItemFailures) -> [Chunk] {
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

    private mutating func finish(
        _ chunk: Chunk, _ items: Range<Int>, _ failures: ItemFailures, _ account: Settlement.Account?
    ) {
        chunk.finish(items, failures)
        guard let account else { return }
        if let used = account.used { chunk.overflow?.shrink(to: used) }
        sizer.learn(records: items.count, in: account.time)
    }

    /// Lets chunks wait for a place.
    mutating func wait(with chunks: [Chunk]) {
        // Nearly always none, for which `+=` would take as long as for one.
        if !chunks.isEmpty { waiting += chunks }
    }

    /// Forgets all records, of which none will be taken any more.
    mutating func forget() {
        chunks.reset()
        waiting = []
    }

    /// A worker has given up the run.
    mutating func end(because surrender: Surrender, _ reason: String?) {
        broken = PoolError(
            surrender == .systemRefused ? .system : .functionBroken, reason ?? "a worker gave up without saying why")
    }
}
