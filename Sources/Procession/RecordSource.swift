import ProcessionSegment
import ProcessionSystem
import Synchronization

/// Where the records of a run come from and where their results go: the one thing in which the uses differ.
///
/// The supervisor asks for chunks while places are free, and hands every chunk back when it and all before it are
/// finished, in the order of the records.
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
    /// Called when everything that could be drained has been.
    mutating func flush() throws
    /// Counts what chunks of this run take for their results.
    var meter: Meter? { get }
    /// Whether a chunk that wants more memory for its results may have it now. The head is what all others wait for.
    func mayGrow(isHead: Bool) -> Bool
    /// The most overflow bytes a chunk may have at a time, so that a few do not fill the window.
    var overflowLimit: Int { get }
    /// Bytes of input that each worker may have before it: memory that was touched before is worth far more than a long way
    /// ahead. By default two of the pipes that a filter is fed through.
    var bytesAhead: Int { get }
}

extension RecordSource {
    /// Long enough that claim, wake-up and drain cost well under one percent of it.
    package var chunkTarget: Duration { .microseconds(150) }
    package var meter: Meter? { nil }
    package func mayGrow(isHead: Bool) -> Bool { true }
    package var overflowLimit: Int { .max }
    package var bytesAhead: Int { 2 << 20 }
}

/// An answer to "more records?".
package enum Supply {
    /// `isEarly`: it is of the end, begun before its turn, and comes before those that were given so before.
    case chunk(Chunk, isEarly: Bool = false)
    /// None at the moment: input is still to come at this descriptor, or (nil) more comes in a later step.
    case notNow(Int32?)
    case end
}

/// What workers need to know about a run's function.
package struct FunctionImage {
    /// The mangled name of its type.
    let name: String
    /// The value itself, laid out by the caller.
    let state: Extent
    let stateBytes: Int
    /// Bytes that all workers share.
    let context: [UInt8]

    /// Throws when workers could not find the type by its name.
    package init<Function: _ChunkFunction>(_ function: Function, context: [UInt8] = [], in memory: SharedMemory)
        throws(PoolError)
    {
        name = try Self.name(of: Function.self)
        stateBytes = MemoryLayout<Function>.size
        guard let extent = memory.allocateInput(stateBytes) else {
            throw PoolError(.outOfMemory, "no room for the function's state")
        }
        memory.segments.inputWriter(overflow: 0..<0).store(function, at: extent.range.lowerBound)
        self.state = extent
        self.context = context
    }

    private static func name<Function>(of type: Function.Type) throws(PoolError) -> String {
        if let known = knownNames.withLock({ $0[ObjectIdentifier(type)] }) { return known }
        guard let name = _mangledTypeName(type), let found = _typeByName(name), found == type else {
            throw PoolError(
                .functionNotFound,
                "workers cannot find \(type) by its name: a worker function must not be private or local to a "
                    + "function; make it internal or public, at file scope or inside another type")
        }
        knownNames.withLock { $0[ObjectIdentifier(type)] = name }
        return name
    }
}

/// Names that were looked up before: to make one and find the type again costs as much as a small map.
private let knownNames = Mutex<[ObjectIdentifier: String]>([:])
