import ProcessionSystem

/// The book that a worker keeps of its filter: lines sent, answers received, and which of these are certain.
///
/// It counts, and touches neither processes nor pipes. The desk tells it what happens and does what it says.
///
/// **What is certain.** An answer has no name; it is taken for that of the line whose turn it is. A filter that has left
/// out one line gives every later line the answer of its successor, and nothing shows it before the filter comes up short.
/// So an answer is *uncertain*, and is kept back from the parent, until the filter has kept step: it has answered as many
/// lines as it was sent, at a moment when its pipe had run dry, or at its end. Then counting can tell no more, and all is
/// certain up to there. One line left out and another answered twice before such a moment cancel out. No counting can see
/// that; numbers can (`--tagged`), which make every answer certain as it comes.
///
/// **Too many.** A line beyond those that were sent to this filter is surplus at once. What was certain before stays
/// right; nobody can say which of the others is the stray one, so the run ends.
///
/// **Too few.** A filter that has ended, however it did, with answers missing has left out lines or died of one. What is
/// uncertain is forgotten and asked again: one line after the other where answers come promptly, else in batches of half of
/// the lines at stake, and a batch of one is certain. A line that has no answer when it is alone fails its record, after its
/// retries. Where a filter whose answers are prompt was killed, the first line without one is the suspect, and is tried
/// alone before anything is forgotten. If the next filter dies of it too, the one before was in step until it came to this
/// line, and what it answered is certain. If that one only leaves the line without an answer, so may the first one have
/// done, which then died of a later line, and had perhaps left out others before.
struct FilterBook {
    /// How a filter came to its end.
    struct End: Equatable {
        let ending: Ending
        /// It was killed because it took more than this over a line.
        var limit: Limit?
        /// Its input was closed, so that it had to end.
        var wasAsked = false
        /// Whether it was killed while it was at work.
        var isDeath: Bool {
            if case .exited = ending { return false }
            return isUnasked
        }

        /// It came to its end although more was to come.
        var isUnasked: Bool { limit != nil || !wasAsked }
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
        /// What is uncertain is kept. The next line to be sent is the first one without an answer.
        case hold
        /// What is uncertain is forgotten, and its lines are sent again.
        case takeBack
        /// What is uncertain is certain, and the line behind it has failed.
        case fail
        /// To start the filter again makes no sense.
        case giveUp
    }

    private enum Phase: Equatable {
        /// Any number of lines, or so many to a filter.
        case free(limit: Int?)
        /// The first line without an answer is alone. `stake` lines are uncertain or unanswered. `isSuspect`: it is thought
        /// that a filter has died of it, and no other one was seen to.
        case trial(stake: Int, isSuspect: Bool)
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
    /// Answers kept back, those of an earlier filter too.
    private(set) var uncertain = 0
    /// Answers since they were last found to be certain. With numbers they are certain at once, and counted all the same.
    private(set) var fresh = 0
    /// Whether answers come without the input being closed. Until something else is seen it is taken for true.
    private(set) var isPrompt: Bool?
    /// Answers that had come when the input was closed, because nothing more came.
    private var answeredWhenSilent: Int?
    /// Filters that ended on a line when it was alone.
    private var attempts = 0
    /// Filters that ended without an answer, one after the other.
    private var fruitless = 0
    private var hasAnswered = false
    /// Lines answered since one failed.
    private var good = 0

    /// A filter that has never answered is one that cannot work here, not one that dies of some records: so many that ended
    /// at once are enough to know, and are started within a second.
    private static let mostFruitless = 32
    /// One that has worked before is given more chances, for many bad records may lie together.
    private static let mostFruitlessLater = 512

    init(retries: Int, isTagged: Bool = false) {
        self.retries = retries
        self.isTagged = isTagged
    }

    /// Lines that the filter has, at least in part, and has not answered.
    var inFlight: Int { sent - answered }

    /// Lines that may be sent now; nil for any number.
    var room: Int? {
        switch phase {
        case .free(let limit): limit.map { max(0, $0 - sent) }
        case .trial: sent == 0 ? 1 : 0
        case .search(let stake):
            if isPrompt != false {
                inFlight == 0 && fresh == 0 ? 1 : 0
            } else {
                max(0, (attempts > 0 ? 1 : max(1, stake / 2)) - sent)
            }
        }
    }

    /// Whether the input is closed once there is no room, because the answers would not come otherwise, or in order not to
    /// wait for one that was not given before.
    var closesWhenSent: Bool {
        if case .free(nil) = phase { return false }
        return isPrompt == false || attempts > 0
    }

    mutating func send(_ lines: Int) { sent += lines }

    /// Counts answers; false when there are more than lines.
    mutating func answer(_ lines: Int) -> Bool {
        answered += lines
        fresh += lines
        if !isTagged { uncertain += lines }
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
        if inFlight == 1, isAlone { return blame(end) }
        attempts = 0
        let stake = uncertain + inFlight
        // Who exits may have come to the end of its lines, or have had enough of them; who is killed has died of one.
        if case .free = phase, isPrompt != false, end.isDeath {
            phase = .trial(stake: stake, isSuspect: true)
            return .hold
        }
        phase = .search(stake: stake)
        return takeBack()
    }

    /// Whether the only line without an answer was the only one that is not certain, or is on trial.
    private var isAlone: Bool {
        if case .trial = phase { return true }
        return uncertain == 0
    }

    private mutating func keptStep() -> Verdict {
        let fresh = self.fresh
        self.fresh = 0
        good += fresh
        if fresh > 0 { attempts = 0 }
        switch phase {
        case .trial(let stake, _) where fresh > 0:
            phase = .search(stake: isTagged ? stake - fresh : stake)
            if stake == 1 || isTagged && stake == fresh { phase = .free(limit: nil) }
            return stake == 1 || isTagged ? accept() : takeBack()
        case .trial: return .hold
        case .search(let stake): phase = stake > fresh ? .search(stake: stake - fresh) : .free(limit: nil)
        case .free(let limit): phase = .free(limit: limit.flatMap { isPrompt != false || $0 > 1 << 16 ? nil : $0 * 4 })
        }
        return accept()
    }

    private mutating func accept() -> Verdict {
        uncertain = 0
        return .certain
    }

    private mutating func takeBack() -> Verdict {
        uncertain = 0
        return .takeBack
    }

    private mutating func blame(_ end: End) -> Verdict {
        if case .trial(let stake, isSuspect: true) = phase {
            guard end.isUnasked else {
                phase = .search(stake: stake)
                return takeBack()
            }
            phase = .trial(stake: stake, isSuspect: false)
        }
        attempts += 1
        let stake: Int
        switch phase {
        case .free: stake = 1
        case .trial(let lines, _), .search(let lines): stake = lines
        }
        guard attempts > retries else {
            if case .free = phase { phase = .trial(stake: 1, isSuspect: false) }
            return .hold
        }
        attempts = 0
        if case .search = phase, stake > 1, isPrompt != false {
            phase = .search(stake: stake - 1)
        } else {
            phase = .free(limit: isPrompt != false ? nil : max(64, good * 2))
        }
        good = 0
        uncertain = 0
        return .fail
    }
}
