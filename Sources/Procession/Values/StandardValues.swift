// Types of the standard library that lie in their slots as others do.
public import OrderedCollections
public import ProcessionSegment

// MARK: Collections

/// As the array of its elements. Of those that are equal, which only a damaged slot has, the first is there.
extension Set: SlotValue, FieldsValue where Element: SlotValue {
    @inlinable public var slotFields: [Element] { Array(self) }
    @inlinable public init(slotFields: [Element]) { self.init(slotFields) }
}

/// As the array of its elements, in order. Of those that are equal, which only a damaged slot has, the first is there.
extension OrderedSet: SlotValue, FieldsValue where Element: SlotValue {
    @inlinable public var slotFields: [Element] { elements }
    @inlinable public init(slotFields: [Element]) { self.init(slotFields) }
}

/// Keys and values as two arrays. Of keys that are equal, which only a damaged slot has, the first is there.
extension Dictionary: SlotValue, FieldsValue where Key: SlotValue, Value: SlotValue {
    @inlinable public var slotFields: Columns<[Key], [Value]> { Columns(Array(keys), Array(values)) }
    @inlinable public init(slotFields: Columns<[Key], [Value]>) {
        let (keys, values) = slotFields.values
        self.init(zip(keys, values), uniquingKeysWith: { first, _ in first })
    }
}

// MARK: Ranges

/// As its bounds. It is empty where a damaged slot has them in another order.
extension Range: SlotValue, FieldsValue where Bound: SlotValue {
    @inlinable public var slotFields: Columns<Bound, Bound> { Columns(lowerBound, upperBound) }
    @inlinable public init(slotFields: Columns<Bound, Bound>) {
        let (lower, upper) = boundsInOrder(slotFields.values.0, slotFields.values.1)
        self = lower..<upper
    }
}

/// As its bounds. It has the first alone where a damaged slot has them in another order.
extension ClosedRange: SlotValue, FieldsValue where Bound: SlotValue {
    @inlinable public var slotFields: Columns<Bound, Bound> { Columns(lowerBound, upperBound) }
    @inlinable public init(slotFields: Columns<Bound, Bound>) {
        let (lower, upper) = boundsInOrder(slotFields.values.0, slotFields.values.1)
        self = lower...upper
    }
}

/// Both, if they are in order; otherwise one of them twice.
@inlinable
func boundsInOrder<Bound: Comparable>(_ lower: Bound, _ upper: Bound) -> (lower: Bound, upper: Bound) {
    if lower <= upper { return (lower, upper) }
    let bound = oneBound(of: lower, upper)
    return (bound, bound)
}

/// The first that has a place in the order, or zero where neither is a number.
@usableFromInline
func oneBound<Bound: Comparable>(of lower: Bound, _ upper: Bound) -> Bound {
    if lower <= lower { return lower }
    if upper <= upper { return upper }
    return (Bound.self as? any FloatingPoint.Type).flatMap { $0.nothing as? Bound } ?? lower
}

extension FloatingPoint {
    fileprivate static var nothing: any FloatingPoint { Self.zero }
}

// MARK: Texts

/// As the text that it is. What is no character, as in a damaged slot, is U+FFFD.
extension Character: FieldsValue {
    @inlinable public var slotFields: String { String(self) }
    @inlinable public init(slotFields: String) { self = slotFields.first ?? "\u{fffd}" }
}

/// As its number. What is no scalar, as in a damaged slot, is U+FFFD.
extension Unicode.Scalar: FieldsValue {
    @inlinable public var slotFields: UInt32 { value }
    @inlinable public init(slotFields: UInt32) { self = Unicode.Scalar(slotFields) ?? "\u{fffd}" }
}

// MARK: Results

/// A byte that says which of both it is, and its slot eight bytes behind it.
extension Result: SlotValue where Success: SlotValue, Failure: SlotValue {
    @inlinable public static var _slotStride: Int { 8 + Swift.max(Success._slotStride, Failure._slotStride) }

    @inlinable
    public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        if reader.load(at: offset, as: UInt8.self) == 0 {
            return .success(Success._load(at: offset &+ 8, from: &reader))
        }
        return .failure(Failure._load(at: offset &+ 8, from: &reader))
    }

    @inlinable
    public func _store(at offset: Int, in writer: inout _SlotWriter) {
        switch self {
        case .success(let value):
            writer.store(UInt8(0), at: offset)
            value._store(at: offset &+ 8, in: &writer)
        case .failure(let error):
            writer.store(UInt8(1), at: offset)
            error._store(at: offset &+ 8, in: &writer)
        }
    }
}

// MARK: Numbers

extension Int128: SlotValue {}
extension UInt128: SlotValue {}
extension Float16: SlotValue {}

/// As they lie in memory: lanes are numbers, and any bits are some.
extension SlotValue where Self: SIMD {
    @inlinable public static var _isStoredAsIs: Bool { true }
    @inlinable public static var _slotStride: Int { MemoryLayout<Self>.stride }
    @inlinable public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        reader.load(at: offset, as: Self.self)
    }
    @inlinable public func _store(at offset: Int, in writer: inout _SlotWriter) { writer.store(self, at: offset) }
}

extension SIMD2: SlotValue where Scalar: SlotValue {}
extension SIMD3: SlotValue where Scalar: SlotValue {}
extension SIMD4: SlotValue where Scalar: SlotValue {}
extension SIMD8: SlotValue where Scalar: SlotValue {}
extension SIMD16: SlotValue where Scalar: SlotValue {}
extension SIMD32: SlotValue where Scalar: SlotValue {}
extension SIMD64: SlotValue where Scalar: SlotValue {}
