/// What a pool has done since it was started.
public struct PoolStatistics: Hashable, Sendable {
    /// Records whose results, or failures, were taken.
    public internal(set) var records = 0
    /// Records that failed.
    public internal(set) var failed = 0
    /// Attempts made because a worker died on a record.
    public internal(set) var retried = 0
    /// Workers that died and were replaced.
    public internal(set) var workersReplaced = 0
    /// Workers that left because they had mapped as many records as one may (`recordsPerWorker`), and were replaced.
    public internal(set) var workersRetired = 0
    /// Records that workers published, those of abandoned maps included.
    package internal(set) var published = 0
    /// Chunks whose words in shared memory no worker could have written.
    package internal(set) var damaged = 0
    /// Wake-ups that a timer had to make up for. Not 0 is a bug in the protocol, not a saved run.
    package internal(set) var rescues = 0
}
