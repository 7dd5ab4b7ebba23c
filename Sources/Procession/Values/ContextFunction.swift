public import ProcessionSegment
import ProcessionSystem

/// A function of values with a context: what takes long to build, and which every worker builds once.
///
///     struct Matches: ContextFunction {
///         var letters: InlineText<31>
///         func makeContext() -> Set<Character> { Set(letters.description) }
///         func callAsFunction(_ value: String, context: inout Set<Character>) -> Bool {
///             value.contains(where: context.contains)
///         }
///     }
///
/// A context may be anything: a file that is open, a model, a cache. A worker builds it when it comes to the first
/// record of such a function with such a state (stored properties of the same bits), and keeps it from chunk to chunk
/// and from map to map; of several functions, the last eight. Each worker has its own. A worker that dies takes it
/// along, and the one in its place builds another. At the end of a worker that leaves, and where more than eight are
/// kept, it goes, and a class or a noncopyable member may say something in its `deinit`.
///
/// To build it counts to the time of the record for which it is built. If that throws, the records fail for which it
/// was needed; with the next chunk it is tried again.
public protocol ContextFunction: ValueFunction, _ContextFunction {
    // Said again, so that they are inferred from the requirement below, whichever of them is asked for first.
    associatedtype Key = NoKey
    associatedtype Value
    associatedtype Output
    associatedtype Context

    /// The results of one record.
    ///
    /// - Parameters:
    ///   - value: The record's value.
    ///   - context: What this worker has built and keeps. A change is seen by later records of this worker.
    /// - Returns: What is stored into the record's slot.
    /// - Throws: Whatever makes this record fail; its text is the cause.
    func callAsFunction(_ value: Value, context: inout Context) throws -> Output
}

/// The same for functions that look at keys, too.
public protocol KeyedContextFunction: WorkerFunction, _ContextFunction {
    // Said again, so that they are inferred from the requirement below.
    associatedtype Key
    associatedtype Value
    associatedtype Output
    associatedtype Context

    /// The results of one record.
    ///
    /// - Parameters:
    ///   - key: The record's key.
    ///   - value: The record's value.
    ///   - context: What this worker has built and keeps. A change is seen by later records of this worker.
    /// - Returns: What is stored into the record's slot.
    /// - Throws: Whatever makes this record fail; its text is the cause.
    func callAsFunction(key: Key, value: Value, context: inout Context) throws -> Output
}

/// What both kinds of functions with a context have in common. Not yours: conform to one of them.
public protocol _ContextFunction: WorkerFunction {
    /// What a worker builds once.
    associatedtype Context

    /// Builds the context, in a worker.
    ///
    /// - Returns: What the calls of this worker get.
    /// - Throws: Whatever makes those records fail for which it was needed.
    func makeContext() throws -> Context

    /// Calls the function with key, value and context.
    func _call(_ key: Key, _ value: Value, _ context: inout Context) throws -> Output
}

extension ContextFunction {
    /// Calls the function with a context of its own, built for this call: outside of workers, as in a test.
    ///
    /// - Parameter value: The record's value.
    /// - Returns: What the function returns.
    /// - Throws: What the function throws, or its `makeContext`.
    @inlinable
    public func callAsFunction(_ value: Value) throws -> Output {
        var context = try makeContext()
        return try callAsFunction(value, context: &context)
    }

    @inlinable @inline(__always)
    public func _call(_ key: NoKey, _ value: Value, _ context: inout Context) throws -> Output {
        try callAsFunction(value, context: &context)
    }
}

extension KeyedContextFunction {
    /// Calls the function with a context of its own, built for this call: outside of workers, as in a test.
    ///
    /// - Parameters:
    ///   - key: The record's key.
    ///   - value: The record's value.
    /// - Returns: What the function returns.
    /// - Throws: What the function throws, or its `makeContext`.
    @inlinable
    public func callAsFunction(key: Key, value: Value) throws -> Output {
        var context = try makeContext()
        return try callAsFunction(key: key, value: value, context: &context)
    }

    @inlinable @inline(__always)
    public func _call(_ key: Key, _ value: Value, _ context: inout Context) throws -> Output {
        try callAsFunction(key: key, value: value, context: &context)
    }
}

extension _ContextFunction {
    // More special than that of other functions, and so the one that is taken.
    @inlinable
    public static func _map(_ chunk: inout _ClaimedChunk, on worker: _Worker) {
        let function = chunk.input.load(at: chunk.stateOffset.bytes, as: Self.self)
        do {
            let kept = try worker._kept(function)
            _mapAll(&chunk) { try function._call($0, $1, &kept.context) }
        } catch {
            chunk._failAll(error)
        }
    }
}

/// The context that a worker keeps for a function.
public final class _Kept<Function: _ContextFunction> {
    private let function: Function
    @usableFromInline var context: Function.Context

    init(_ function: Function) throws {
        self.function = function
        context = try function.makeContext()
    }

    /// Whether it is of this function with this state.
    func isOf(_ function: Function) -> Bool { areSameBits(self.function, function) }
}

/// The contexts that a worker keeps, the one used last at the end.
struct ContextShelf {
    private var kept: [AnyObject] = []
    private static let most = 8

    /// The context of a function, which is built where there is none.
    mutating func kept<Function: _ContextFunction>(_ function: Function) throws -> _Kept<Function> {
        for place in kept.indices.reversed() {
            guard let found = kept[place] as? _Kept<Function>, found.isOf(function) else { continue }
            kept.append(kept.remove(at: place))
            return found
        }
        // Before a new one is built, which may need what the old one holds.
        if kept.count == Self.most { kept.removeFirst() }
        let fresh = try _Kept(function)
        kept.append(fresh)
        return fresh
    }
}
