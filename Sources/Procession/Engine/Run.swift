/// All state of one run: made when it begins, lent to each of its steps, gone at its end.
///
/// Whoever takes the results holds it between the steps: `Supervisor.run` for the length of a call, a stream until it is
/// read to its end or dropped. What outlives a run (workers, memory, places, figures) is the supervisor's.
package struct Run: ~Copyable {
    /// Told to the workers, so that they know when another function is wanted.
    let number: Int
    /// The mangled name of its function's type.
    let function: String
    /// What workers read of the run beside its records.
    private let extents: [Extent]
    let chunks = ChunkList()
    /// Chunks that must be opened again.
    var waiting: [Chunk] = []
    /// The source has no further records.
    var isExhausted = false
    /// Where the source said that it waits for input, the last time it was asked.
    var awaitedInput: Int32?
    var sizer: ChunkSizer
    /// Deaths of workers that had claimed nothing, since a chunk was last finished.
    var idleDeaths = 0
    /// Why the run cannot go on, if a worker has said so.
    var broken: PoolError?
    /// A worker has rung.
    var isRung = false
    /// When a chunk was last opened.
    var lastOpened: UInt64 = 0
    /// What was opened last is the chunk that a worker was spinning for.
    var isAwaited = false
    /// Workers killed because their record took too long, until they are reaped.
    var timedOut: Set<Int> = []
    /// How long we have slept since somebody was last seen to work at a chunk, or none was out.
    var unclaimed = Duration.zero
    /// When to look for places that nobody holds the next time.
    var nextSearch: UInt64 = 0
    /// When to look up from the work the next time, and when to tell how far it is.
    var nextLook: UInt64 = 0
    var nextProgress: UInt64 = 0

    init(number: Int, _ function: String, extents: [Extent], sizer: ChunkSizer) {
        self.number = number
        self.function = function
        self.extents = extents
        self.sizer = sizer
    }
}
