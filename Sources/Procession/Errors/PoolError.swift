import ProcessionSegment

/// Why a pool could not be started, or could not go on with a map.
public struct PoolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is. More kinds may come.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code's name.
        public let rawValue: String
        /// A code by its name, for comparisons.
        ///
        /// - Parameter rawValue: The code's name.
        /// - Complexity: O(1).
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The system refused memory, descriptors or processes.
        public static let system = Code(rawValue: "system")
        /// The map does not fit into the memory that is left.
        public static let outOfMemory = Code(rawValue: "outOfMemory")
        /// Workers die before they finish anything.
        public static let workersDie = Code(rawValue: "workersDie")
        /// Workers cannot find the function by its name.
        public static let functionNotFound = Code(rawValue: "functionNotFound")
        /// The function broke its contract in a way that makes other records' results doubtful.
        public static let functionBroken = Code(rawValue: "functionBroken")
        /// The program is none that can be its own worker.
        public static let unsuitableHost = Code(rawValue: "unsuitableHost")
        /// The function, or a type of values, holds an address, which means nothing in another process.
        public static let holdsAddress = Code(rawValue: "holdsAddress")
        /// Values that are made of fields lie too deep in each other.
        public static let tooDeep = Code(rawValue: "tooDeep")
        /// The values lie in the memory of another pool.
        public static let otherPool = Code(rawValue: "otherPool")
        /// The function holds a value that the pool does not share, or not any more.
        public static let notShared = Code(rawValue: "notShared")
        /// This process is a copy, made by `fork`, of the one that has the pool.
        public static let forked = Code(rawValue: "forked")
        /// The pool was shut down.
        public static let shutDown = Code(rawValue: "shutDown")
        /// The map was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
        /// The map, stream or call was not over by its deadline.
        public static let deadlinePassed = Code(rawValue: "deadlinePassed")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// The cause and the way out, in words.
    public let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What no room is large enough for.
    static var tooDeep: PoolError {
        PoolError(
            .tooDeep,
            "a key or value has more than \(_SlotReader.deepest) values of fields inside of each other; "
                + "keep such a value as an array of its parts")
    }

    /// What has ended a run of the library: what the system refused in the middle of it has no type of its own there.
    @usableFromInline
    init(ending error: any Error) { self = error as? PoolError ?? PoolError(.system, "\(error)") }
}
