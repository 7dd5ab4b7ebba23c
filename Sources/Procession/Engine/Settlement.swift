import ProcessionSegment

/// What becomes of a chunk whose claimer has left it, or died: decided from values, and touching nothing.
///
/// Its items are divided in order. Those that were published are finished; behind them may be items that have failed
/// for good, and then those that go out again. The first part keeps the chunk, the others get one each. `Run.carryOut`
/// does all that.
struct Settlement: Equatable {
    /// What the parent knows of the chunk.
    struct Facts: Equatable {
        var items: Range<Int>
        /// How often it was tried in vain.
        var attempts = 0
        /// Overflow bytes it was given; nil for none.
        var room: Int?
        /// What was known to be too little before this time, and whether not even the first item found room.
        var roomWanted = 0
        var isStuck = false
    }

    enum Ending: Equatable {
        /// Its claimer has left it, or waits at its place for room.
        case left
        /// Its claimer was reaped. Of several chunks that it had claimed it worked at one, and that one is to blame.
        case died(RecordFailure.Cause, isToBlame: Bool)
    }

    struct Policy: Equatable {
        /// Attempts after one that killed its worker.
        var retries: Int
        /// Overflow bytes that no chunk gets more of.
        var mostRoom: Int
    }

    struct Failed: Equatable {
        var items: Range<Int>
        var cause: RecordFailure.Cause
        var attempts: Int
    }

    /// Items that go out again.
    struct Again: Equatable {
        var items: Range<Int>
        var attempts = 0
        /// Overflow bytes that are known not to be enough; 0 where nothing is known.
        var roomWanted = 0
        var isStuck = false
    }

    /// What a claimer that has finished a chunk says of it. Hints, and nobody relies on them.
    struct Account: Equatable {
        /// The overflow bytes it used, of those it was given.
        var used: Int?
        var time: Duration
    }

    private(set) var finished: Range<Int>?
    private(set) var account: Account?
    private(set) var failed: Failed?
    private(set) var again: [Again] = []
    /// The claimer has given up the run, at the first item that is not published.
    private(set) var surrender: Surrender?
    /// Attempts that are made because a worker died.
    private(set) var retries = 0

    /// - Parameter done: The items below were published. Checked: it lies in the chunk.
    init(of chunk: Facts, _ report: PlaceReport, done: Int, _ ending: Ending, _ policy: Policy) {
        surrender = Surrender(rawValue: report.wanted)
        if done > chunk.items.lowerBound || done == chunk.items.upperBound {
            finished = chunk.items.lowerBound..<done
        }
        guard done < chunk.items.upperBound else {
            // A claimer that died had no time to say how much it used.
            if ending == .left { account = Account(chunk, report) }
            return
        }
        // Attempts are those of the first item. When that was published, nobody has died on the next one.
        let rest = Again(
            items: done..<chunk.items.upperBound, attempts: done == chunk.items.lowerBound ? chunk.attempts : 0)
        switch ending {
        case _ where surrender != nil, .died(_, isToBlame: false): again = [rest]
        case .left: giveRoom(to: rest, chunk, wanted: Int(clamping: report.wanted), policy)
        case .died(let cause, isToBlame: true): separate(rest, cause, policy)
        }
    }

    /// Of a chunk whose place was damaged: nothing that was published can be told from noise, so all of it is tried
    /// again, and fails when that has happened too often.
    init(damaged chunk: Facts, _ policy: Policy) {
        let attempts = chunk.attempts + 1
        if attempts > policy.retries {
            failed = Failed(items: chunk.items, cause: .damaged, attempts: attempts)
        } else {
            again = [
                Again(items: chunk.items, attempts: attempts, roomWanted: chunk.roomWanted, isStuck: chunk.isStuck)
            ]
        }
    }

    /// Of a chunk whose worker died while it waited for room with the first item.
    init(parked chunk: Facts, _ cause: RecordFailure.Cause, isToBlame: Bool = true, _ policy: Policy) {
        let rest = Again(items: chunk.items, attempts: chunk.attempts)
        if isToBlame { separate(rest, cause, policy) } else { again = [rest] }
    }

    /// The rest goes out with as much room as it wants. An item that wants more than there can be has failed.
    private mutating func giveRoom(to rest: Again, _ chunk: Facts, wanted: Int, _ policy: Policy) {
        var rest = rest
        rest.isStuck = rest.items.lowerBound == chunk.items.lowerBound
        // What comes back untouched gets more than it had, whatever the worker says, or it might come for ever.
        rest.roomWanted = max(wanted, rest.isStuck ? chunk.room ?? 1 : 1)
        guard rest.roomWanted > policy.mostRoom else { return again = [rest] }
        let (item, others) = rest.items.splitFirst()
        failed = Failed(items: item, cause: .tooLarge(rest.roomWanted), attempts: rest.attempts + 1)
        if !others.isEmpty { again = [Again(items: others, attempts: rest.attempts)] }
    }

    /// The item that a worker died on gets one more attempt, alone, or has failed; what follows it goes on.
    private mutating func separate(_ rest: Again, _ cause: RecordFailure.Cause, _ policy: Policy) {
        let (item, others) = rest.items.splitFirst()
        let attempts = rest.attempts + 1
        if attempts > policy.retries {
            failed = Failed(items: item, cause: cause, attempts: attempts)
        } else {
            retries = 1
            again = [Again(items: item, attempts: attempts)]
        }
        if !others.isEmpty { again.append(Again(items: others)) }
    }
}

extension Settlement.Account {
    fileprivate init(_ chunk: Settlement.Facts, _ report: PlaceReport) {
        used = Int(exactly: report.overflowUsed).flatMap { $0 <= chunk.room ?? 0 ? $0 : nil }
        time = .nanoseconds(Int64(clamping: report.nanoseconds))
    }
}

extension Range<Int> {
    /// The first element and the others. There must be one.
    fileprivate func splitFirst() -> (Range, Range) {
        (lowerBound..<lowerBound + 1, lowerBound + 1..<upperBound)
    }
}
