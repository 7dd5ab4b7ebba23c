import OrderedCollections
package import ProcessionSegment
import Synchronization

/// What workers need to know about a run's function.
package struct FunctionImage {
    /// The mangled name of its type.
    let name: String
    /// All of them, the run's descriptor first.
    let extent: Extent<_InputSegment>

    /// Enough for most functions.
    static let usualBytes = 256

    /// Throws when workers could not find the type by its name, or when it holds what means nothing to them.
    ///
    /// - Parameter room: Input that the caller has already and needs for nothing else. It is used if it is large
    ///   enough.
    package init<Function: _ChunkFunction>(
        _ function: Function, context: [UInt8] = [], isOfCalls: Bool = false, in memory: SharedMemory,
        _ room: Extent<_InputSegment>? = nil
    ) throws(PoolError) {
        let known = try KnownFunction.find(Function.self)
        if known.dependsOnValue, let found = AddressSearch.first(inCasesOf: function) {
            throw PoolError(holding: found, Function.self)
        }
        let name = known.name.utf8.span
        let stateBytes = MemoryLayout<Function>.size
        let bytes = RunDescriptor.storedBytes + stateBytes + name.count + context.count
        let isLargeEnough = room.map { $0.range.count >= bytes } == true
        guard let extent = isLargeEnough ? room : memory.allocateInput(bytes) else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) that all workers read of the function")
        }
        // With it, what is shared.
        if !isLargeEnough, let room { extent.keep([room]) }
        let start = extent.range.lowerBound
        let stateStart = start + RunDescriptor.storedBytes
        let state = stateStart..<stateStart + stateBytes
        let place = state.upperBound..<state.upperBound + name.count
        let writer = memory.segments.inputWriter
        writer.store(function, at: state.lowerBound.bytes)
        for property in known.shared {
            let token = memory.segments.inputReader.load(at: state.lowerBound + property.offset, as: UInt64.self)
            guard let piece = SharedPiece.find(token), piece.lies(in: memory) else {
                throw PoolError(notShared: property, Function.self)
            }
        }
        writer.store(bytes: name, at: place.lowerBound.bytes)
        writer.store(bytes: context.span, at: place.upperBound.bytes)
        RunDescriptor(
            function: place, state: state, context: place.upperBound..<place.upperBound + context.count,
            isOfCalls: isOfCalls
        ).store(at: start, by: writer)
        (self.name, self.extent) = (known.name, extent)
    }

    /// Throws when values of a type hold what means nothing to workers.
    static func checkAddresses(in type: any SlotValue.Type) throws(PoolError) {
        try KnownFunction.checkAddresses(of: [type])
    }

    func tag(run: Int) -> RunTag { RunTag(number: run, descriptor: extent.range.lowerBound) }
}

/// What is known of a function's type: to find it by its name, and to look through its properties, costs as much as a
/// small map. A class, for it is handed out once per map.
private final class KnownFunction: Sendable {
    let name: String
    /// Every value has to be looked at.
    let dependsOnValue: Bool
    /// Where it holds shared values.
    let shared: [SharedProperty]

    private init(name: String, dependsOnValue: Bool, shared: [SharedProperty]) {
        (self.name, self.dependsOnValue, self.shared) = (name, dependsOnValue, shared)
    }

    private struct Table: Sendable {
        var all: [ObjectIdentifier: KnownFunction] = [:]
        /// The one that was asked for last, so that it need not be looked up when it is mapped again.
        var last: (type: ObjectIdentifier, known: KnownFunction)?

        mutating func find(_ type: ObjectIdentifier) -> KnownFunction? {
            if let last, last.type == type { return last.known }
            guard let known = all[type] else { return nil }
            last = (type, known)
            return known
        }
    }

    private static let table = Mutex(Table())

    static func find<Function>(_ type: Function.Type) throws(PoolError) -> KnownFunction {
        if let known = table.withLock({ $0.find(ObjectIdentifier(type)) }) { return known }
        guard let name = _mangledTypeName(type), let found = _typeByName(name), found == type else {
            throw PoolError(
                .functionNotFound,
                "workers cannot find \(type) by its name: a worker function must not be private or local to a "
                    + "function; make it internal or public, at file scope or inside another type")
        }
        var search = AddressSearch()
        if let found = search.first(in: type) { throw PoolError(holding: found, type) }
        if let function = type as? any WorkerFunction.Type {
            try checkAddresses(in: function)
        }
        let known = KnownFunction(
            name: name, dependsOnValue: search.dependsOnValue, shared: SharedProperty.all(of: type))
        table.withLock { $0.all[ObjectIdentifier(type)] = known }
        return known
    }

    private static func checkAddresses<Function: WorkerFunction>(in function: Function.Type) throws(PoolError) {
        try checkAddresses(of: [Function.Key.self, Function.Value.self, Function.Output.self])
    }

    /// Throws when an address is copied as it lies in memory with values of some types.
    static func checkAddresses(of types: [any SlotValue.Type]) throws(PoolError) {
        for type in storedTypes(of: types) {
            var search = AddressSearch(entersCases: true)
            if let found = search.first(in: type) { throw PoolError(holding: found, type) }
        }
    }

    /// What is copied as it lies in memory, of values of some types.
    private static func storedTypes(of all: [any SlotValue.Type]) -> [any SlotValue.Type] {
        var types = all
        var found: [any SlotValue.Type] = []
        // A type may have itself among the parts of its parts.
        var seen: Set<ObjectIdentifier> = []
        while let type = types.popLast() {
            guard seen.insert(ObjectIdentifier(type)).inserted else { continue }
            if type._isStoredAsIs { found.append(type) } else { types += parts(of: type) }
        }
        return found
    }

    private static func parts(of type: any SlotValue.Type) -> [any SlotValue.Type] {
        if let type = type as? any FieldsValue.Type { return [fields(of: type)] }
        return (type as? any Compound.Type)?.parts ?? []
    }

    private static func fields<Value: FieldsValue>(of type: Value.Type) -> any SlotValue.Type { Value.SlotFields.self }
}

/// A type whose parts are stored each in its way.
private protocol Compound {
    static var parts: [any SlotValue.Type] { get }
}

extension Optional: Compound where Wrapped: SlotValue {
    static var parts: [any SlotValue.Type] { [Wrapped.self] }
}

extension Array: Compound where Element: SlotValue {
    static var parts: [any SlotValue.Type] { [Element.self] }
}

extension _Block: Compound {
    static var parts: [any SlotValue.Type] { [Value.self] }
}

extension InlineArray: Compound where Element: SlotValue {
    static var parts: [any SlotValue.Type] { [Element.self] }
}

extension OrderedDictionary: Compound where Key: SlotValue, Value: SlotValue {
    static var parts: [any SlotValue.Type] { [Key.self, Value.self] }
}

extension Result: Compound where Success: SlotValue, Failure: SlotValue {
    static var parts: [any SlotValue.Type] { [Success.self, Failure.self] }
}

extension Columns: Compound {
    static var parts: [any SlotValue.Type] {
        var parts: [any SlotValue.Type] = []
        for part in repeat (each Value).self { parts.append(part) }
        return parts
    }
}

extension PoolError {
    fileprivate init(notShared property: SharedProperty, _ type: Any.Type) {
        self.init(
            .notShared,
            "workers cannot use a \(type): its property \(property.name) is a value that this pool does not share, or "
                + "not any more; get it from the share of the pool that maps")
    }

    fileprivate init(holding found: AddressSearch.Finding, _ type: Any.Type) {
        self.init(
            .holdsAddress,
            "workers cannot use a \(type): \(found.description), which is an address and means nothing in another "
                + "process; hold the content itself, as in an InlineText or an InlineArray")
    }
}
