public import ProcessionSegment
import ProcessionSystem
import Synchronization

extension WorkerPool {
    /// Lays out a value once, for all workers of this pool to read.
    ///
    /// A function captures what is returned, and the workers read the value where it lies: an array lends a span, a
    /// table is looked up in place (`OrderedDictionary` and `Dictionary` with keys that are `Comparable`), and anything
    /// is copied out by `value`. It takes memory once, however many workers and maps there are.
    ///
    /// - Parameter value: Any slot value. It does not change any more.
    /// - Returns: Its place, to be captured. It can be read in the pool's own process, too.
    /// - Throws: `PoolError` when there is no room for it, or it holds an address.
    /// - Complexity: The cost of storing the value; for tables, O(n log n).
    public func share<Value: SlotValue>(_ value: Value) throws(PoolError) -> Shared<Value> {
        try FunctionImage.checkAddresses(in: Value.self)
        let order = (value as? any OrderedKeys)?.positionsInOrder ?? []
        let call = try call()
        let head = SharedPiece.headBytes + Value._slotStride
        let orderStart = (head + 7) & ~7
        let room = try InputRoom(count: orderStart + order.count * MemoryLayout<UInt32>.stride, stride: 1, for: call)
        let shared = Shared<Value>(
            token: .random(in: 1 ... .max), slot: room.offset.bytes + SharedPiece.headBytes,
            order: room.offset.bytes + orderStart)
        var column = InputColumn(room)
        try column.store(value, at: room.offset + SharedPiece.headBytes)
        column.writer.store(elements: order.span, at: shared.order)
        try core.keep(SharedPiece(room.slots, token: shared.token))
        return shared
    }

    /// Gives the memory of a shared value back, once the maps and streams that are on have ended.
    ///
    /// Without it, the value is shared until the pool is shut down. The maps and streams that are called later refuse a
    /// function that has captured it. Nothing happens when the value is not shared by this pool.
    ///
    /// - Parameter value: What `share` has returned.
    /// - Complexity: O(1).
    public func stopSharing<Value>(_ value: Shared<Value>) { core.home.withLock { $0.shared[value.token] = nil } }
}

extension PoolCore {
    fileprivate func keep(_ piece: SharedPiece) throws(PoolError) {
        let isKept = home.withLock { home in
            if home.memory == nil { return false }
            home.shared[piece.token] = piece
            return true
        }
        if !isKept { throw .wasShutDown }
    }
}

/// The memory of a shared value. A pool keeps it, and every call of a map or stream that was made meanwhile.
@usableFromInline
final class SharedPiece: AnyExtent {
    let token: UInt64
    private let extent: Extent<_InputSegment>

    /// From the piece's beginning to the value's slot: 8 bytes that say nothing, so that the slot lies at a multiple of
    /// 16, and the token.
    static let headBytes = 16

    private struct Reference { weak var piece: SharedPiece? }
    /// All of the process, by their tokens.
    private static let all = Mutex<[UInt64: Reference]>([:])

    init(_ extent: Extent<_InputSegment>, token: UInt64) {
        self.extent = extent
        self.token = token
        extent.segment.held.writer.store(token, at: tokenPlace)
        Self.all.withLock { $0[token] = Reference(piece: self) }
    }

    deinit {
        Self.all.withLock { $0[token] = nil }
        // Whatever lies here next, no handle takes it for the value.
        extent.segment.held.writer.store(UInt64(0), at: tokenPlace)
    }

    private var tokenPlace: Int { extent.range.lowerBound.bytes + Self.headBytes - 8 }

    @usableFromInline
    static func find(_ token: UInt64) -> SharedPiece? { all.withLock { $0[token]?.piece } }

    /// Reads the segment where it lies, for as long as there is a reference to the piece.
    @usableFromInline
    var reader: _SlotReader { extent.segment.held.reader.slots }

    /// Whether the workers of the pool that has this memory can read it.
    func lies(in memory: SharedMemory) -> Bool { memory.input === extent.segment }
}

/// A `Shared` of any value, which begins with its token.
private protocol SharedHandle {}

extension Shared: SharedHandle {}

/// A property, or a property's property, that is a `Shared`.
struct SharedProperty {
    private(set) var name: String
    /// Of its token in the state that has the property.
    private(set) var offset: Int

    /// Those of a type. Not those in the cases of an enum.
    static func all(of type: Any.Type) -> [SharedProperty] {
        if type is any SharedHandle.Type { return [SharedProperty(name: "", offset: 0)] }
        return Field.all(of: type).flatMap { field in
            all(of: field.type).map { inner in
                SharedProperty(
                    name: inner.name.isEmpty ? field.name : "\(field.name).\(inner.name)",
                    offset: field.offset + inner.offset)
            }
        }
    }
}
