import ProcessionSegment

/// What a run may cost before records of it fail, and how much of it is handed out at a time.
package struct RunLimits: Hashable, Sendable {
    /// Attempts after one that killed its worker.
    package var retries = 1
    /// How long one record may take.
    package var timeLimit: Duration?
    /// Records of a chunk; nil where the engine finds out.
    package var chunkSize: Int?

    package init() {}
}

/// How an engine is to be.
extension Engine {
    package struct Options: Sendable {
        package var workers: Int
        /// Of runs that ask for no others.
        package var limits = RunLimits()
        /// Bytes of memory of its own that a worker may take.
        package var memoryLimit: Int?
        /// What a worker has started counts as its own.
        package var weighsPrograms = false
        /// How often it is looked at. What is taken within that time is not bounded.
        package static let weighingInterval = Duration.milliseconds(50)
        /// Records that a worker may map before another takes its place.
        package var recordsPerWorker: Int?
        package var backtraces = false
        /// The program that workers are copies of; nil for the running one.
        package var executable: String?
        /// Hears what workers print; nil where they print to the standard error of the host.
        var listener: OutputListener?
        /// Of how many failures in a chunk, the first ones, the reasons are read; the others are only counted.
        package var failuresByName = Int.max
        /// Cores that there are for parent and workers to wait awake for each other at the ends of a run; 1: they
        /// sleep.
        package var cores = 1
        /// The process waits for no other child than the workers: those that came to it, being the first process of a
        /// container for example, and have ended are no use to anybody.
        package var buriesStrangers = false
        /// What a function has started ends with its worker. Costs a process more for each.
        package var guardsWorkers = false
        /// The pool serves one run: when that fails, it need not be made ready for another.
        package var servesOneRun = false
        /// Let workers leave by themselves at the end, which takes longer than to kill them. What a function keeps
        /// between chunks hears of the end then, and may complain.
        package var dismissesWorkers = true
        /// Workers enforce the time limit themselves, and show that they live (`ClaimedChunk.showLife`).
        package var workersKeepTime = false
        /// Spawn workers without a thread of their own for that, which takes a while to start. Only where whoever makes
        /// and runs the supervisor is a thread that lives as long as the process: workers die with the thread that
        /// spawned them.
        package var spawnsByItself = false

        package init(workers: Int) { self.workers = workers }

        var term: WorkerTerm? { recordsPerWorker.map { WorkerTerm(records: $0, chunkSize: limits.chunkSize) } }
    }
}
