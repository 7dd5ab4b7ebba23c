/// How many records a worker maps before it leaves and another process takes its seat: what a function leaks goes with it.
///
/// A worker cannot see how long a chunk is before it has claimed it. So chunks are kept short beside the term, and a worker
/// leaves as soon as another one might be too long.
package struct WorkerTerm: Equatable, Sendable {
    /// No worker maps more.
    package let records: Int
    package let longestChunk: Int

    /// - Parameter chunkSize: How long all chunks are to be; nil where that is decided by the time they take. Then an eighth
    ///   of the term at most may be left over when a worker leaves.
    package init(records: Int, chunkSize: Int? = nil) {
        precondition(records >= 1)
        self.records = records
        longestChunk = min(chunkSize ?? max(1, records / 8), records)
    }

    /// Whether a worker that has claimed so many records claims no more.
    package func isOver(after claimed: Int) -> Bool { claimed > records - longestChunk }
}
