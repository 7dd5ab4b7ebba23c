import ProcessionSegment
import ProcessionSystem

/// Where the records of a run come from and where their results go: the one thing in which the uses differ.
///
/// The supervisor asks for chunks while places are free, and hands every chunk back when it and all before it are
/// finished, in the order of the records. It asks with the engine's lock: a source takes not long, and does not use the
/// pool.
package protocol RecordSource {
    /// The next chunk, of at most `limit` records.
    mutating func next(limit: Int) throws -> Supply
    /// Takes the results of a finished chunk. Throwing ends the run with that error.
    mutating func drain(_ chunk: Chunk) throws
    /// Records that are left, if that is known.
    var remaining: Int? { get }
    /// Overflow bytes that records of this chunk may take at first; more is given when it proves too little.
    func overflowEstimate(records: Int, inputBytes: Int) -> Int
    /// How much work a chunk should be.
    var chunkTarget: Duration { get }
    /// Whether a worker works at several chunks at a time, and may finish none of them before it has taken all there
    /// are.
    var areChunksGathered: Bool { get }
    /// Called when everything that could be drained has been.
    mutating func flush() throws
    /// Counts what chunks of this run take for their results.
    var meter: Meter? { get }
    /// Whether a chunk that wants more memory for its results may have it now. The head is what all others wait for.
    func mayGrow(isHead: Bool) -> Bool
    /// The most overflow bytes a chunk may have at a time, so that a few do not fill the window.
    var overflowLimit: Int { get }
}

extension RecordSource {
    /// Long enough that claim, wake-up and drain cost well under one percent of it.
    package var chunkTarget: Duration { .microseconds(150) }
    package var areChunksGathered: Bool { false }
    package var meter: Meter? { nil }
    package func mayGrow(isHead: Bool) -> Bool { true }
    package var overflowLimit: Int { .max }
}

/// An answer to "more records?".
package enum Supply {
    /// `isEarly`: it is of the end, begun before its turn, and comes before those that were given so before.
    case chunk(Chunk, isEarly: Bool = false)
    /// None at the moment: input is still to come at this descriptor, or (nil) more comes in a later step.
    case notNow(Int32?)
    case end
}
