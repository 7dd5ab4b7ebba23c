public import OrderedCollections
public import ProcessionSegment

/// A value that has a place of fixed size in shared memory: a key, an input value, or a result.
///
/// Numbers and vectors of them, `Bool`, `String`, `Character`, arrays, optionals, results, ranges, sets, dictionaries,
/// those that are ordered, and `Columns` of these are slot values already. Any type of your own becomes one by its
/// fields: see `FieldsValue`. One that is `BitwiseCopyable` can do with saying so, and costs one store per record:
///
///     struct Point: BitwiseCopyable { var x, y: Double }
///     extension Point: SlotValue {}
///
/// Build it of numbers. They mean something whatever a worker gone wild has written over them; an `enum` or a `Bool`
/// inside of such a type could then be none of its cases. As a `FieldsValue`, the type decides what becomes of them.
///
/// Values of fixed size lie in their slot as they lie in memory. Values of variable length keep an offset and a count
/// in the slot, and their bytes in the chunk's overflow bytes. Nothing is serialized.
public protocol SlotValue: SendableMetatype {
    /// Bytes from one slot to the next. The same for all values of the type.
    static var _slotStride: Int { get }
    /// Whether a slot holds the value exactly as it lies in memory, so that many can be copied at once.
    static var _isStoredAsIs: Bool { get }
    /// Loads the value whose slot begins at `offset`. Damaged slots give an empty value, never a bad access.
    static func _load(at offset: Int, from reader: inout _SlotReader) -> Self
    /// Stores the value into the slot at `offset`. When the overflow bytes run out, the writer says that it is full.
    func _store(at offset: Int, in writer: inout _SlotWriter)
}

extension SlotValue {
    @inlinable public static var _isStoredAsIs: Bool { false }
}

// Chosen where no other fits, for the compiler's own message names what nobody should write.
extension SlotValue {
    @available(*, unavailable, message: "conform the type to FieldsValue: it lies in shared memory as its fields do")
    public static var _slotStride: Int { misuse("unavailable") }
    @available(*, unavailable, message: "conform the type to FieldsValue: it lies in shared memory as its fields do")
    public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self { misuse("unavailable") }
    @available(*, unavailable, message: "conform the type to FieldsValue: it lies in shared memory as its fields do")
    public func _store(at offset: Int, in writer: inout _SlotWriter) { misuse("unavailable") }
}

extension SlotValue where Self: BitwiseCopyable {
    @inlinable public static var _isStoredAsIs: Bool { true }
    @inlinable public static var _slotStride: Int { MemoryLayout<Self>.stride }
    @inlinable public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        reader.load(at: offset, as: Self.self)
    }
    @inlinable public func _store(at offset: Int, in writer: inout _SlotWriter) { writer.store(self, at: offset) }
}

extension Int: SlotValue {}
extension Int8: SlotValue {}
extension Int16: SlotValue {}
extension Int32: SlotValue {}
extension Int64: SlotValue {}
extension UInt: SlotValue {}
extension UInt8: SlotValue {}
extension UInt16: SlotValue {}
extension UInt32: SlotValue {}
extension UInt64: SlotValue {}
extension Float: SlotValue {}
extension Double: SlotValue {}
extension Duration: SlotValue {}

/// Fixed size when its elements are: they lie in the slot one after another.
extension InlineArray: SlotValue where Element: SlotValue {
    @inlinable public static var _isStoredAsIs: Bool { Element._isStoredAsIs }
    @inlinable public static var _slotStride: Int { count * Element._slotStride }
    @inlinable public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        Self { Element._load(at: offset &+ $0 &* Element._slotStride, from: &reader) }
    }
    @inlinable public func _store(at offset: Int, in writer: inout _SlotWriter) {
        for index in indices { self[index]._store(at: offset &+ index &* Element._slotStride, in: &writer) }
    }
}

/// A byte, so that a damaged slot is never an invalid `Bool`.
extension Bool: SlotValue {
    @inlinable public static var _isStoredAsIs: Bool { false }
    @inlinable public static var _slotStride: Int { 1 }
    @inlinable public static func _load(at offset: Int, from reader: inout _SlotReader) -> Bool {
        reader.load(at: offset, as: UInt8.self) != 0
    }
    @inlinable public func _store(at offset: Int, in writer: inout _SlotWriter) {
        writer.store(UInt8(self ? 1 : 0), at: offset)
    }
}

/// Sixteen bytes: texts of up to fifteen bytes lie in the slot itself, the last byte being their length; of longer ones
/// the slot holds offset and count, the last byte being 255.
extension String: SlotValue {
    @inlinable public static var _slotStride: Int { 16 }

    @inlinable
    public static func _load(at offset: Int, from reader: inout _SlotReader) -> String {
        let low = reader.load(at: offset, as: UInt64.self)
        let high = reader.load(at: offset &+ 8, as: UInt64.self)
        let tag = Int(high >> 56)
        if tag <= 15 { return SmallText(slot: (low, high)).string ?? reader.text(at: offset, count: tag) }
        let place = Int(truncatingIfNeeded: low)
        let count = Int(high & 0x00ff_ffff_ffff_ffff)
        return reader.take(place, count) ? reader.text(at: place, count: count) : ""
    }

    @inlinable
    public func _store(at offset: Int, in writer: inout _SlotWriter) {
        if let text = SmallText(self) {
            writer.store(text.slot.0, at: offset)
            writer.store(text.slot.1, at: offset &+ 8)
            return
        }
        let bytes = utf8.span
        let count = bytes.count
        if count <= 15 {
            writer.store(UInt64(0), at: offset)
            writer.store(UInt64(count) << 56, at: offset &+ 8)
            writer.store(bytes: bytes, at: offset)
        } else if let place = writer.reserve(count) {
            writer.store(bytes: bytes, at: place)
            writer.store(UInt64(place), at: offset)
            writer.store(UInt64(count) | 0xff << 56, at: offset &+ 8)
        }
    }
}

/// Offset and count in the slot; the elements' slots in the overflow bytes.
extension Array: SlotValue where Element: SlotValue {
    @inlinable public static var _slotStride: Int { 16 }
    /// Not nothing even where the elements are: else a damaged slot could claim any number of them.
    @inlinable static var elementStride: Int { Swift.max(Element._slotStride, 1) }

    @inlinable
    public static func _load(at offset: Int, from reader: inout _SlotReader) -> [Element] {
        let place = reader.load(at: offset, as: Int.self)
        let count = reader.load(at: offset &+ 8, as: Int.self)
        let (bytes, overflow) = count.multipliedReportingOverflow(by: Self.elementStride)
        guard !overflow, count >= 0, reader.take(place, bytes) else { return [] }
        if Element._isStoredAsIs {
            return reader.array(at: place, count: count, of: Element.self)
        }
        return (0..<count).map { Element._load(at: place + $0 * Self.elementStride, from: &reader) }
    }

    @inlinable
    public func _store(at offset: Int, in writer: inout _SlotWriter) {
        guard let place = writer.reserve(count * Self.elementStride) else { return }
        writer.store(place, at: offset)
        writer.store(count, at: offset &+ 8)
        if Element._isStoredAsIs {
            writer.store(elements: span, at: place)
        } else {
            for (index, element) in enumerated() {
                element._store(at: place + index * Self.elementStride, in: &writer)
            }
        }
    }
}

/// A byte that says whether there is a value, and the value's slot eight bytes behind it.
extension Optional: SlotValue where Wrapped: SlotValue {
    @inlinable public static var _isStoredAsIs: Bool { false }
    @inlinable public static var _slotStride: Int { 8 + Wrapped._slotStride }

    @inlinable
    public static func _load(at offset: Int, from reader: inout _SlotReader) -> Wrapped? {
        reader.load(at: offset, as: UInt8.self) == 0 ? nil : Wrapped._load(at: offset &+ 8, from: &reader)
    }

    @inlinable
    public func _store(at offset: Int, in writer: inout _SlotWriter) {
        writer.store(UInt8(self == nil ? 0 : 1), at: offset)
        self?._store(at: offset &+ 8, in: &writer)
    }
}

/// Nested ordered values: the keys and the values as two arrays, in order.
extension OrderedDictionary: SlotValue where Key: SlotValue, Value: SlotValue {
    @inlinable public static var _slotStride: Int { 32 }

    @inlinable
    public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        let keys = [Key]._load(at: offset, from: &reader)
        let values = [Value]._load(at: offset &+ 16, from: &reader)
        // The first of equal keys wins: only a damaged slot has any.
        return Self(zip(keys, values), uniquingKeysWith: { first, _ in first })
    }

    @inlinable
    public func _store(at offset: Int, in writer: inout _SlotWriter) {
        Array(keys)._store(at: offset, in: &writer)
        Array(values)._store(at: offset &+ 16, in: &writer)
    }
}

/// The result of a function that is called for its effect alone: `return NoResult()`.
///
/// A function that returns nothing cannot be a worker function, because `Void` is a tuple, and tuples conform to no
/// protocol.
public struct NoResult: BitwiseCopyable, Hashable, Sendable, SlotValue {
    /// The only value.
    ///
    /// - Complexity: O(1).
    @inlinable
    public init() {}
}

/// A key of records that have none: their position, or nothing. Not yours: `Int` and `NoKey` are all there are.
public protocol _PositionKey: SlotValue {}

extension Int: _PositionKey {}

/// The key of a function that does not look at it: takes no room and is never laid out.
public struct NoKey: BitwiseCopyable, Hashable, Sendable, _PositionKey {
    /// The only value.
    ///
    /// - Complexity: O(1).
    public init() {}
    @inlinable public static var _slotStride: Int { 0 }
    @inlinable public static func _load(at offset: Int, from reader: inout _SlotReader) -> NoKey { NoKey() }
    @inlinable public func _store(at offset: Int, in writer: inout _SlotWriter) {}
}
