import ProcessionSystem

/// Who steps runs, and waits for news of them: the thread that wants the one run it is, or the driver of many
/// (`Driver`).
///
/// All of it belongs to the engine's lock.
class Caller {
    /// Of how many of its runs there is news.
    final var news = 0
    /// Somebody wants it to look up, though there is no news of a run.
    final var isCalled = false
    /// It waits at its seat, while another one watches; and is to watch now.
    final var isSitting = false
    final var isAppointed = false
    final private(set) lazy var seat = Seat()
    /// One of its runs has come further, and somebody wants to be told.
    final var hasProgress = false
    /// What ends its sleep beside the workers.
    final var awaitedInput: Int32?
    final let interruption: Interruption?

    init(_ interruption: Interruption? = nil) { self.interruption = interruption }

    /// It has something to do.
    final var isWanted: Bool { news > 0 || isCalled }

    /// It does not wait at the seat any more. Whether it is to watch.
    final func standUp() -> Bool {
        isSitting = false
        defer { isAppointed = false }
        return isAppointed
    }
}
