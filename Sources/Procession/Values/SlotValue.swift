public import OrderedCollections
public import ProcessionSegment

/// A value that has a place of fixed size in shared memory: a key, an input value, or a result.
///
/// Numbers, `Bool`, `String`, `[Element]`, optionals, ordered dictionaries and `Columns` of these are slot values
/// already. A type of your own that is `BitwiseCopyable` becomes one by saying so, and costs one store per record:
///
///     struct Point: BitwiseCopyable { var x, y: Double }
///     extension Point: SlotValue {}
///
/// Build it of numbers. They mean something whatever a worker gone wild has written over them; an `enum` or a `Bool`
/// inside of such a type could then be none of its cases.
///
/// Values of fixed size lie in their slot as they lie in memory. Values of variable length keep an offset and a count
/// in the slot, and their bytes in the chunk's overflow bytes. Nothing is serialized.
public protocol SlotValue: SendableMetatype {
    /// Bytes from one slot to the next. The same for all values of the type.
    static var _slotStride: Int { get }
    /// Whether a slot holds the value exactly as it lies in memory, so that many can be copied at once.
    static var _isStoredAsIs: Bool { get }
    /// Loads the value whose slot begins at `offset`. Damaged slots give an empty value, never a bad access.
    static func _load(at offset: Int, from input: inout SlotInput) -> Self
    /// Stores the value into the slot at `offset`. When the overflow bytes run out, the output says that it is full.
    func _store(at offset: Int, in output: inout SlotOutput)
}

extension SlotValue {
    @inlinable public static var _isStoredAsIs: Bool { false }
}

extension SlotValue where Self: BitwiseCopyable {
    @inlinable public static var _isStoredAsIs: Bool { true }
    @inlinable public static var _slotStride: Int { MemoryLayout<Self>.stride }
    @inlinable public static func _load(at offset: Int, from input: inout SlotInput) -> Self {
        input.load(at: offset, as: Self.self)
    }
    @inlinable public func _store(at offset: Int, in output: inout SlotOutput) { output.store(self, at: offset) }
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
    @inlinable public static func _load(at offset: Int, from input: inout SlotInput) -> Self {
        Self { Element._load(at: offset &+ $0 &* Element._slotStride, from: &input) }
    }
    @inlinable public func _store(at offset: Int, in output: inout SlotOutput) {
        for index in indices { self[index]._store(at: offset &+ index &* Element._slotStride, in: &output) }
    }
}

/// A byte, so that a damaged slot is never an invalid `Bool`.
extension Bool: SlotValue {
    @inlinable public static var _isStoredAsIs: Bool { false }
    @inlinable public static var _slotStride: Int { 1 }
    @inlinable public static func _load(at offset: Int, from input: inout SlotInput) -> Bool {
        input.load(at: offset, as: UInt8.self) != 0
    }
    @inlinable public func _store(at offset: Int, in output: inout SlotOutput) {
        output.store(UInt8(self ? 1 : 0), at: offset)
    }
}

/// Sixteen bytes: texts of up to fifteen bytes lie in the slot itself, the last byte being their length; of longer ones
/// the slot holds offset and count, the last byte being 255.
extension String: SlotValue {
    @inlinable public static var _slotStride: Int { 16 }

    @inlinable
    public static func _load(at offset: Int, from input: inout SlotInput) -> String {
        let low = input.load(at: offset, as: UInt64.self)
        let high = input.load(at: offset &+ 8, as: UInt64.self)
        let tag = Int(high >> 56)
        if tag <= 15 { return SmallText(slot: (low, high)).string ?? input.text(at: offset, count: tag) }
        let place = Int(truncatingIfNeeded: low)
        let count = Int(high & 0x00ff_ffff_ffff_ffff)
        return input.take(place, count) ? input.text(at: place, count: count) : ""
    }

    @inlinable
    public func _store(at offset: Int, in output: inout SlotOutput) {
        if let text = SmallText(self) {
            output.store(text.slot.0, at: offset)
            output.store(text.slot.1, at: offset &+ 8)
            return
        }
        let bytes = utf8.span
        let count = bytes.count
        if count <= 15 {
            output.store(UInt64(0), at: offset)
            output.store(UInt64(count) << 56, at: offset &+ 8)
            output.store(bytes: bytes, at: offset)
        } else if let place = output.reserve(count) {
            output.store(bytes: bytes, at: place)
            output.store(UInt64(place), at: offset)
            output.store(UInt64(count) | 0xff << 56, at: offset &+ 8)
        }
    }
}

/// Offset and count in the slot; the elements' slots in the overflow bytes.
extension Array: SlotValue where Element: SlotValue {
    @inlinable public static var _slotStride: Int { 16 }
    /// Not nothing even where the elements are: else a damaged slot could claim any number of them.
    @inlinable static var elementStride: Int { Swift.max(Element._slotStride, 1) }

    @inlinable
    public static func _load(at offset: Int, from input: inout SlotInput) -> [Element] {
        let place = input.load(at: offset, as: Int.self)
        let count = input.load(at: offset &+ 8, as: Int.self)
        let (bytes, overflow) = count.multipliedReportingOverflow(by: Self.elementStride)
        guard !overflow, count >= 0, input.take(place, bytes) else { return [] }
        if Element._isStoredAsIs {
            return input.array(at: place, count: count, of: Element.self)
        }
        return (0..<count).map { Element._load(at: place + $0 * Self.elementStride, from: &input) }
    }

    @inlinable
    public func _store(at offset: Int, in output: inout SlotOutput) {
        guard let place = output.reserve(count * Self.elementStride) else { return }
        output.store(place, at: offset)
        output.store(count, at: offset &+ 8)
        if Element._isStoredAsIs {
            output.store(elements: span, at: place)
        } else {
            for (index, element) in enumerated() {
                element._store(at: place + index * Self.elementStride, in: &output)
            }
        }
    }
}

/// A byte that says whether there is a value, and the value's slot eight bytes behind it.
extension Optional: SlotValue where Wrapped: SlotValue {
    @inlinable public static var _isStoredAsIs: Bool { false }
    @inlinable public static var _slotStride: Int { 8 + Wrapped._slotStride }

    @inlinable
    public static func _load(at offset: Int, from input: inout SlotInput) -> Wrapped? {
        input.load(at: offset, as: UInt8.self) == 0 ? nil : Wrapped._load(at: offset &+ 8, from: &input)
    }

    @inlinable
    public func _store(at offset: Int, in output: inout SlotOutput) {
        output.store(UInt8(self == nil ? 0 : 1), at: offset)
        self?._store(at: offset &+ 8, in: &output)
    }
}

/// Nested ordered values: the keys and the values as two arrays, in order.
extension OrderedDictionary: SlotValue where Key: SlotValue, Value: SlotValue {
    @inlinable public static var _slotStride: Int { 32 }

    @inlinable
    public static func _load(at offset: Int, from input: inout SlotInput) -> Self {
        let keys = [Key]._load(at: offset, from: &input)
        let values = [Value]._load(at: offset &+ 16, from: &input)
        // The first of equal keys wins: only a damaged slot has any.
        return Self(zip(keys, values), uniquingKeysWith: { first, _ in first })
    }

    @inlinable
    public func _store(at offset: Int, in output: inout SlotOutput) {
        Array(keys)._store(at: offset, in: &output)
        Array(values)._store(at: offset &+ 16, in: &output)
    }
}

/// A key of records that have none: their position, or nothing. Not yours: `Int` and `NoKey` are all there are.
public protocol _PositionKey: SlotValue {}

extension Int: _PositionKey {}

/// The key of a function that does not look at it: takes no room and is never laid out.
public struct NoKey: BitwiseCopyable, Hashable, Sendable, _PositionKey {
    /// The only value.
    public init() {}
    @inlinable public static var _slotStride: Int { 0 }
    @inlinable public static func _load(at offset: Int, from input: inout SlotInput) -> NoKey { NoKey() }
    @inlinable public func _store(at offset: Int, in output: inout SlotOutput) {}
}
