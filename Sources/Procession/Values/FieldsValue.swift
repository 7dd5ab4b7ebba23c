public import ProcessionSegment

/// A value of a type of your own that lies in shared memory as its fields do.
///
/// Say what the fields are, and how a value is made of them; the rest is there:
///
///     struct Order {
///         var customer: String
///         var lines: [String]
///         var weight: Double?
///     }
///
///     extension Order: FieldsValue {
///         var slotFields: Columns<String, [String], Double?> { Columns(customer, lines, weight) }
///         init(slotFields: Columns<String, [String], Double?>) { (customer, lines, weight) = slotFields.values }
///     }
///
/// Fields are any slot values: `Columns` of several, or one alone, as in a type that wraps a `Double`. An array among
/// them may hold more of the type itself. Up to 512 of such values may lie inside of each other, sets and dictionaries
/// counted. A value costs what its fields cost, and two calls; nothing is serialized.
public protocol FieldsValue: SlotValue {
    /// What lies in the slot: a slot value, most often `Columns` of several.
    associatedtype SlotFields: SlotValue

    /// The fields of this value.
    ///
    /// - Complexity: The cost of copying the fields, unless the type says otherwise.
    var slotFields: SlotFields { get }

    /// A value with these fields.
    ///
    /// It must make one of whatever is there, without a trap, because a worker that has gone wild may have written over
    /// its results.
    ///
    /// - Parameter slotFields: What `slotFields` was, or damaged.
    /// - Complexity: The cost of copying the fields, unless the type says otherwise.
    init(slotFields: SlotFields)
}

extension FieldsValue {
    @inlinable public static var _slotStride: Int { SlotFields._slotStride }
    @inlinable public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        _loadFields(at: offset, from: &reader)
    }
    @inlinable public func _store(at offset: Int, in writer: inout _SlotWriter) {
        _storeFields(at: offset, in: &writer)
    }

    @inlinable @inline(__always)
    static func _loadFields(at offset: Int, from reader: inout _SlotReader) -> Self {
        reader.enter()
        defer { reader.leave() }
        return Self(slotFields: SlotFields._load(at: offset, from: &reader))
    }

    @inlinable @inline(__always)
    func _storeFields(at offset: Int, in writer: inout _SlotWriter) {
        defer { writer.leave() }
        if writer.enter() { slotFields._store(at: offset, in: &writer) }
    }
}

// Its fields count, not its bits, so that what a damaged slot holds comes by `init(slotFields:)` too.
extension FieldsValue where Self: BitwiseCopyable {
    @inlinable public static var _isStoredAsIs: Bool { false }
    @inlinable public static var _slotStride: Int { SlotFields._slotStride }
    @inlinable public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        _loadFields(at: offset, from: &reader)
    }
    @inlinable public func _store(at offset: Int, in writer: inout _SlotWriter) {
        _storeFields(at: offset, in: &writer)
    }
}
