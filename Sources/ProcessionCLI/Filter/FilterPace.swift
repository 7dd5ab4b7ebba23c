/// When a filter's pipe is let run dry, how long that is waited for, and when its input is closed: times and sizes, as
/// values.
///
/// What is received while the pipe is full is uncertain (`FilterBook`), and is kept back. So after some chunks the
/// filter is fed no more until it has answered them. Quick filters are given twice as many chunks each time, for the
/// pause costs a wake-up; slow ones are given one at a time, for theirs is the record that is waited for. A filter that
/// keeps its answers in a buffer shows it by waiting for input while answers are missing. It is fed on, and closed when
/// as much is held as may be. One that has answered as many lines as it was sent is believed when it waits for input:
/// one at work may have given a line too many, and pause before it goes on.
struct FilterPace {
    /// Chunks that are sent between two moments at which the pipe runs dry.
    private(set) var distance = 1
    /// The filter was seen to keep answers in a buffer, so that its pipe does not run dry.
    private(set) var buffers = false
    /// The longest time between two answers that were missing.
    private var longestGap = Duration.zero
    /// From a filter's start until it reads.
    private(set) var startup = Duration.zero
    /// What the kernel tells of the filter when it has answered everything: at work, it may have more to say.
    private enum Probe { case untried, tells, isBlind }
    private var probe = Probe.untried
    /// Bytes of the window that may be held.
    let mostHeld: Int

    /// How long to wait for something to move: as long as a filter takes to be woken on a busy core, a few times over;
    /// and at first less, because a filter that waits for input has nothing else to do.
    static let step = Duration.milliseconds(4)
    static let shortStep = Duration.milliseconds(1)
    /// After how long it is thought of a filter that it will never be seen to wait for input.
    private static let mostProbing = Duration.milliseconds(100)
    /// The same where nothing but the end is to come, which takes its time.
    static let longStep = Duration.milliseconds(50)
    /// A filter that is silent for so long after its input has ended and everything is answered is killed.
    static let patienceAtEnd = Duration.seconds(5)
    /// Chunks that a worker holds when there may be no place for more, of so many that it may ever hold.
    static func crowd(of most: Int) -> Int { max(1, most * 3 / 4) }
    /// Chunks are no longer than a megabyte, and all of them together than what may be held.
    private static let mostDistance = 64
    /// Time from one dry moment to the next: long beside the pause of a tenth of a millisecond, and short enough that
    /// what is held stays in the cache and takes little memory that was not used before.
    private static let (shortest, longest) = (Duration.milliseconds(2), Duration.milliseconds(200))

    init(mostHeld: Int) { self.mostHeld = mostHeld }

    /// Whether to feed no more until the filter has kept step or is closed.
    func mustPause(chunks: Int, bytes: Int, for time: Duration) -> Bool {
        (!buffers && chunks >= distance) || isFull(bytes: bytes, for: time)
    }

    /// Whether as much is held as may be, or for as long: a filter that buffers is ended now and then, so that its
    /// answers can be printed, but not so often that its starts take more than a twentieth of the time.
    func isFull(bytes: Int, for time: Duration) -> Bool {
        bytes >= mostHeld || time >= max(.seconds(5), startup * 20)
    }

    /// How long a filter runs at least that is ended for the memory which it has.
    var longEnough: Duration { max(.seconds(1), startup * 20) }

    /// How long nothing may come, after as many answers as lines, until that is believed. A line too many, whenever it
    /// was written, makes the last answer but one look like the last; that one is waited for.
    func quiet(lines: Int, in time: Duration) -> Duration {
        lines <= 1 ? .zero : min(max(time * 2 / lines, .microseconds(50)), .milliseconds(50))
    }

    /// How long to wait once more for a filter that has answered as many lines as it was sent, and nothing for so long.
    func dryStep(after silent: Duration, quiet: Duration) -> Duration {
        silent < quiet ? quiet - silent : min(max(.microseconds(50), silent), Self.shortStep)
    }

    /// Whether a filter that has answered as many lines as it was sent, and nothing for so long beyond what is usual,
    /// has nothing else to say: it waits for input. One of which the kernel does not tell that is believed as it is.
    mutating func isIdle(after time: Duration, waitsForInput: () -> Bool) -> Bool {
        if probe == .isBlind { return true }
        if waitsForInput() {
            probe = .tells
            return true
        }
        guard probe == .untried else { return time >= patience(waitsForInput: false, isFull: false) }
        guard time >= Self.mostProbing else { return false }
        probe = .isBlind
        return true
    }

    /// How long the filter may be silent, with everything read that was sent, before its input is closed. While input
    /// comes slowly, a filter is not started again for every bit of it.
    func patience(waitsForInput: Bool, isFull: Bool) -> Duration {
        if !waitsForInput { return max(.seconds(2), longestGap * 4) }
        return isFull ? Self.step : min(max(.milliseconds(8), startup * 4), .milliseconds(500))
    }

    mutating func started(after time: Duration) { startup = time }

    mutating func answered(after gap: Duration) { longestGap = max(longestGap, gap) }

    /// The pipe has run dry, so long after the last time.
    mutating func ranDry(after time: Duration) {
        buffers = false
        if time < Self.shortest {
            distance = min(distance * 2, Self.mostDistance)
        } else if time > Self.longest {
            distance = max(1, distance / 2)
        }
    }

    mutating func staysWet() { buffers = true }
}
