import ProcessionSystem

/// The book that a worker keeps of its filter: lines sent, answers received, and which of these are certain.
///
/// It counts, and touches neither processes nor pipes. The desk tells it what happens and does what it says.
///
/// **What is certain.** An answer has no name; it is taken for that of the line whose turn it is. A filter that has
/// left out one line gives every later line the answer of its successor, and nothing shows it before the filter comes
/// up short. So an answer is *uncertain*, and is kept back from the parent, until the filter has kept step: it has
/// answered as many lines as it was sent, at a moment when its pipe had run dry, or at its end. Then counting can tell
/// no more, and all is certain up to there. One line left out and another answered twice before such a moment cancel
/// out. No counting can see that; numbers can (`--tagged`), which make every answer certain as it comes.
///
/// **Too many.** A line beyond those that were sent to this filter is surplus at once. What was certain before stays
/// right; nobody can say which of the others is the stray one, so the run ends.
///
/// **Too few.** A filter that has ended, however it did, with answers missing has left out lines or died of one.
/// Nothing that another filter does afterwards tells which, for a filter may die by chance. So what is uncertain is
/// forgotten and asked again: one line after the other where answers come promptly, else in batches of half of the
/// lines at stake, and a batch of one is certain. A filter that was killed, and whose answers are prompt, has probably
/// died of the first line without one, the suspect: those before it are sent in one go and, when they are certain, the
/// suspect alone. A line that has no answer when it is alone fails its record, after its retries.
struct FilterBook {
    /// How a filter came to its end.
    struct End: Equatable {
        let ending: Ending
        /// It was killed because it took more than this over a line.
        var limit: Limit?
        /// Its input was closed, so that it had to end.
        var wasAsked = false
        /// Whether it was killed although more was to come.
        var isDeath: Bool {
            if case .exited = ending { return false }
            return limit != nil || !wasAsked
        }
    }

    /// What a filter may take: time over a line, or bytes of memory.
    enum Limit: Equatable {
        case time(Duration)
        case memory(Int)
    }

    /// What becomes of the lines and answers, now that a filter has run dry or ended.
    enum Verdict: Equatable {
        /// Everything received is certain.
        case certain
        /// Nothing is uncertain, and the first line without an answer is tried again.
        case hold
        /// What is uncertain is forgotten, and its lines are sent again.
        case takeBack
        /// Nothing is uncertain, and the first line without an answer has failed.
        case fail
        /// To start the filter again makes no sense.
        case giveUp
    }

    private enum Phase: Equatable {
        /// Any number of lines, or so many to a filter.
        case free(limit: Int?)
        /// A filter was killed over the next `stake` lines: so many of them are sent again in one go, then the suspect
        /// alone.
        case trial(again: Int, stake: Int)
        /// One of the next `stake` lines has made a filter come up short.
        case search(stake: Int)
    }

    let retries: Int
    /// Answers carry numbers.
    let isTagged: Bool
    private var phase = Phase.free(limit: nil)
    /// Of the filter that runs: lines sent, the last of them perhaps in part, and answered.
    private(set) var sent = 0
    private(set) var answered = 0
    /// Its answers since it last kept step.
    private(set) var fresh = 0
    /// Whether answers come without the input being closed. Until something else is seen it is taken for true.
    private(set) var isPrompt: Bool?
    /// Answers that had come when the input was closed, because nothing more came.
    private var answeredWhenSilent: Int?
    /// Filters that ended without an answer to the next line when it was alone.
    private var attempts = 0
    /// Filters that ended without an answer, one after the other.
    private var fruitless = 0
    private var hasAnswered = false
    /// Lines answered since one failed.
    private var good = 0

    /// A filter that has never answered is one that cannot work here, not one that dies of some records: so many that
    /// ended at once are enough to know, and are started within a second.
    private static let mostFruitless = 32
    /// One that has worked before is given more chances, for many bad records may lie together.
    private static let mostFruitlessLater = 512

    init(retries: Int, isTagged: Bool = false) {
        self.retries = retries
        self.isTagged = isTagged
    }

    /// Lines that the filter has, at least in part, and has not answered.
    var inFlight: Int { sent - answered }

    /// Answers kept back. Numbers make them certain at once.
    var uncertain: Int { isTagged ? 0 : fresh }

    /// Lines that may be sent now; nil for any number.
    var room: Int? { batch.map { max(0, $0 - fresh - inFlight) } }

    /// Lines that may be sent before the filter has kept step again; nil for any number.
    private var batch: Int? {
        if attempts > 0 { return 1 }
        return switch phase {
        case .free(let limit): limit
        case .trial(let again, _): max(1, again)
        case .search(let stake): isPrompt != false ? 1 : max(1, stake / 2)
        }
    }

    /// Whether the input is closed once there is no room, because the answers would not come otherwise, or in order not
    /// to wait for one that was not given before.
    var closesWhenSent: Bool { attempts > 0 || isPrompt == false && phase != .free(limit: nil) }

    mutating func send(_ lines: Int) { sent += lines }

    /// Counts answers; false when there are more than lines.
    mutating func answer(_ lines: Int) -> Bool {
        answered += lines
        fresh += lines
        if lines > 0 { (fruitless, hasAnswered) = (0, true) }
        return answered <= sent
    }

    /// The filter has answered every line, and its pipe has run dry without being closed.
    mutating func ranDry() -> Verdict {
        isPrompt = true
        return keptStep()
    }

    /// The input is closed, because the filter waits for more and has not answered everything.
    mutating func fellSilent() { answeredWhenSilent = answered }

    /// The filter has ended.
    mutating func end(_ end: End) -> Verdict {
        defer { (sent, answered, fresh, answeredWhenSilent) = (0, 0, 0, nil) }
        if let before = answeredWhenSilent, answered > before { isPrompt = false }
        if answered == 0 {
            fruitless += 1
            let most = hasAnswered ? Self.mostFruitlessLater : Self.mostFruitless
            if [.exited(126), .exited(127)].contains(end.ending) || fruitless > most { return .giveUp }
        }
        if inFlight == 0 { return keptStep() }
        if inFlight == 1, uncertain == 0 { return blame() }
        attempts = 0
        var stake = uncertain + inFlight
        if case .trial(_, let all) = phase { stake = max(stake, all) }
        // Who exits may have come to the end of its lines, or have had enough of them; who is killed has died of one.
        phase = isPrompt != false && end.isDeath ? .trial(again: uncertain, stake: stake) : .search(stake: stake)
        return .takeBack
    }

    private mutating func keptStep() -> Verdict {
        let count = fresh
        fresh = 0
        good += count
        if count > 0 { attempts = 0 }
        switch phase {
        case .free(let limit): phase = .free(limit: limit.flatMap { isPrompt != false || $0 > 1 << 16 ? nil : $0 * 4 })
        case .trial(let again, let stake) where again > 0 || count == 0:
            phase = .trial(again: again - count, stake: stake - count)
        case .trial(_, let stake), .search(let stake):
            phase = stake > count ? .search(stake: stake - count) : .free(limit: nil)
        }
        return .certain
    }

    /// The next line has no answer, although it was alone.
    private mutating func blame() -> Verdict {
        attempts += 1
        guard attempts > retries else { return .hold }
        let stake =
            switch phase {
            // If it was the suspect, the others are thought to be innocent.
            case .free, .trial(again: 0, _): 1
            case .trial(_, let stake), .search(let stake): stake
            }
        if stake > 1, isPrompt != false {
            phase = .search(stake: stake - 1)
        } else {
            phase = .free(limit: isPrompt != false ? nil : max(64, good * 2))
        }
        (attempts, good) = (0, 0)
        return .fail
    }
}
