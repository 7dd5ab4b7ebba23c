import Procession
import ProcessionSystem

/// What the clock says of one filter. Only time in which this process ran counts as silence.
struct FilterWatch {
    private let startedAt: Instant
    /// The filter had been started some time before.
    let isStarted: Bool
    private(set) var now: Instant
    /// When the first line was sent since the pipe was last dry; and when the last answer came.
    private var begun: Instant?
    private var lastAnswer: Instant
    /// How long nothing has moved; how long it had not before what moved last.
    private(set) var silent = Duration.zero
    private(set) var silentBefore = Duration.zero
    /// How long no answer has come.
    private(set) var unanswered = Duration.zero
    /// From the start until the filter has read something.
    private(set) var startup = Duration.zero
    private var hasRead = false
    private var lastShown = Instant.earliest
    private var lastWeighed = Instant.earliest
    /// Its input was closed.
    var wasAsked = false

    init(_ now: Instant = .now, isStarted: Bool = false) {
        (startedAt, self.now, lastAnswer) = (now, now, now)
        self.isStarted = isStarted
    }

    /// How long to wait for something to move: at first not long, in order to know when the filter reads, or waits.
    var step: Duration { hasRead && silent >= FilterPace.step ? FilterPace.step : FilterPace.shortStep }

    /// How long lines have been under way since the pipe was last dry, until now and until the last answer.
    var underWay: Duration { since(begun ?? now, now) }
    var toLastAnswer: Duration { since(begun ?? now, lastAnswer) }

    private func since(_ start: Instant, _ end: Instant) -> Duration { max(start, end) - start }

    /// Looks at the clock, after a wait that was to be no longer than `step`.
    mutating func look(isMoving: Bool, within step: Duration = FilterPace.step) {
        let time = Instant.now
        let ran = min(time - now, step * 2)
        now = time
        unanswered += ran
        silentBefore = silent
        silent = isMoving ? .zero : silent + ran
    }

    /// Now and then, whatever else happens.
    mutating func mustShowLife() -> Bool {
        guard now - lastShown > .milliseconds(20) else { return false }
        lastShown = now
        return true
    }

    /// As often as the parent weighs workers.
    mutating func mustBeWeighed() -> Bool {
        guard now - lastWeighed > Engine.Options.weighingInterval else { return false }
        lastWeighed = now
        return true
    }

    /// How long it has been running, or waiting for its turn.
    var age: Duration { since(startedAt, now) }

    mutating func sent() {
        if begun == nil { (begun, unanswered) = (now, .zero) }
    }

    mutating func answered() { (unanswered, lastAnswer) = (.zero, now) }

    mutating func ranDry() { begun = nil }

    /// Whether the filter has read for the first time.
    mutating func reads(unread: Int, sent: Bool) -> Bool {
        guard !hasRead, sent, unread == 0 else { return false }
        hasRead = true
        startup = now - startedAt
        return true
    }
}
