public import ProcessionSegment

/// Several results of one record, each in a column of its own.
///
///     func callAsFunction(key: String, value: Int) -> Columns<Int, String> {
///         Columns(value * 2, String(value))
///     }
///
/// A tuple would do, but tuples cannot conform to protocols. The columns are reached as a tuple's elements are,
/// `quote.0` and `quote.1`, or all at once: `let (amount, text) = quote.values`.
///
/// When every column lies in its slot as it lies in memory, so does the whole, and is stored at once; otherwise the
/// columns' slots lie one after another.
@dynamicMemberLookup
public struct Columns<each Value: SlotValue>: SlotValue {
    /// The columns as a tuple.
    public var values: (repeat each Value)

    /// The results of one record, column by column.
    ///
    /// - Parameter values: One for each column, in order.
    /// - Complexity: The cost of copying the values.
    // `__shared` because a pack that is taken over is destroyed again element by element, by two indirect calls per
    // record that a borrowed one does not need (Swift 6.3, seen in the disassembly of the worker's loop).
    @inlinable
    public init(_ values: repeat __shared each Value) {
        self.init(tuple: (repeat each values))
    }

    /// The columns of a tuple.
    ///
    /// - Parameter tuple: One value for each column, in order.
    /// - Complexity: The cost of copying the values.
    @inlinable
    public init(tuple: (repeat each Value)) {
        values = tuple
    }

    /// A column by its number, as in a tuple: `quote.0`.
    ///
    /// - Parameter column: The tuple's element of that number.
    /// - Complexity: O(1), some nanoseconds more than by `values`.
    // Not `@inlinable`: the compiler then crashes on a key path to it, `map(\.0)`, in another module (Swift 6.3).
    @_alwaysEmitIntoClient
    public subscript<Column>(dynamicMember column: WritableKeyPath<(repeat each Value), Column>) -> Column {
        get { values[keyPath: column] }
        set { values[keyPath: column] = newValue }
    }

    @inlinable
    public static var _isStoredAsIs: Bool {
        guard _isPOD(Self.self) else { return false }
        for isStoredAsIs in repeat (each Value)._isStoredAsIs {
            if !isStoredAsIs { return false }
        }
        return true
    }

    @inlinable
    public static var _slotStride: Int {
        if _isStoredAsIs { return MemoryLayout<Self>.stride }
        var stride = 0
        for column in repeat (each Value)._slotStride { stride += column }
        return stride
    }

    /// Where a column begins in the slot: as in memory when all have a fixed size, else one slot behind the other.
    @inlinable
    static func _offset(of column: Int) -> Int {
        let isFixed = _isStoredAsIs
        var offset = 0
        var index = 0
        func step<Column: SlotValue>(_ type: Column.Type) {
            if isFixed {
                let alignment = MemoryLayout<Column>.alignment
                offset = (offset + alignment - 1) & ~(alignment - 1)
            }
            if index < column { offset += isFixed ? MemoryLayout<Column>.size : Column._slotStride }
            index += 1
        }
        for type in repeat (each Value).self {
            if index > column { break }
            step(type)
        }
        return offset
    }

    @inlinable
    public static func _load(at offset: Int, from reader: inout _SlotReader) -> Self {
        if _isStoredAsIs { return reader.load(at: offset, as: Self.self) }
        return Columns(at: offset, from: &reader)
    }

    /// Loads the columns into place: a tuple handed to `init(tuple:)` would be copied, and then destroyed by its
    /// metadata.
    @inlinable @inline(__always)
    init(at offset: Int, from reader: inout _SlotReader) {
        var next = offset
        values = (repeat Self._loadColumn((each Value).self, at: &next, from: &reader))
    }

    @inlinable
    public func _store(at offset: Int, in writer: inout _SlotWriter) {
        if Self._isStoredAsIs { return writer.store(self, at: offset) }
        Self._storeColumns(repeat each values, at: offset, in: &writer)
    }

    // Columns lent as a pack: iterating over the tuple copies and destroys each by two indirect calls (Swift 6.3).
    @inlinable
    static func _storeColumns(_ column: repeat __shared each Value, at offset: Int, in writer: inout _SlotWriter) {
        var next = offset
        repeat _storeColumn(each column, at: &next, in: &writer)
    }

    // One column and the step to the next, with the offset handed in: a local function that captures it costs 300
    // instructions per record, for exclusivity checks and for the metadata of what it captures (Swift 6.3).
    @inlinable @inline(__always)
    static func _loadColumn<Column: SlotValue>(
        _ type: Column.Type, at offset: inout Int, from reader: inout _SlotReader
    ) -> Column {
        let slot = offset
        offset &+= Column._slotStride
        return Column._load(at: slot, from: &reader)
    }

    @inlinable @inline(__always)
    static func _storeColumn<Column: SlotValue>(
        _ value: borrowing Column, at offset: inout Int, in writer: inout _SlotWriter
    ) {
        value._store(at: offset, in: &writer)
        offset &+= Column._slotStride
    }
}

extension Columns: Sendable where repeat each Value: Sendable {}

extension Columns: Equatable where repeat each Value: Equatable {
    /// Whether all columns are equal.
    public static func == (left: Columns, right: Columns) -> Bool {
        for (a, b) in repeat (each left.values, each right.values) {
            if a != b { return false }
        }
        return true
    }
}

extension Columns: Hashable where repeat each Value: Hashable {
    /// Feeds all columns into a hasher.
    ///
    /// - Parameter hasher: What hashes them.
    /// - Complexity: The cost of hashing the values.
    public func hash(into hasher: inout Hasher) {
        for value in repeat each values { hasher.combine(value) }
    }
}

extension Columns: CustomStringConvertible {
    /// The columns in parentheses, as a tuple is printed.
    public var description: String {
        var texts: [String] = []
        for value in repeat each values { texts.append(String(describing: value)) }
        return "(" + texts.joined(separator: ", ") + ")"
    }
}
