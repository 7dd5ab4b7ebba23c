/// How long nothing has moved at the record that a chunk has come to.
struct RecordClock: Equatable {
    enum Reading: Equatable {
        case still(Duration)
        /// The place says what no worker says.
        case isNoise
    }

    private var done = -1
    private var life: UInt64 = 0
    private var stalled = Duration.zero

    /// Notes how far the chunk has come after a while.
    ///
    /// - Parameters:
    ///   - word: What the place says is done. It only grows: a word that goes to and fro would otherwise keep its
    ///     worker
    ///     alive for ever.
    ///   - end: How much there is to do.
    ///   - life: Moves as long as a worker shows that it lives.
    ///   - slept: How long it was since the last time.
    mutating func tick(done word: UInt64, upTo end: Int, life: UInt64, slept: Duration) -> Reading {
        guard let now = Int(exactly: word), now >= done, now <= end else { return .isNoise }
        if now == done, life == self.life {
            stalled += slept
        } else {
            (done, self.life, stalled) = (now, life, .zero)
        }
        return .still(stalled)
    }
}
