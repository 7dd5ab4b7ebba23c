public import OrderedCollections

// The compiler does not specialise what it does for each type of a pack (Swift 6.3): a value then costs five calls. Up to
// six columns are therefore written out.

extension MappedDictionary {
    /// One ordered dictionary per column.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<each Column: SlotValue>() -> (repeat OrderedDictionary<Key, each Column>)
    where Output == Columns<repeat each Column> {
        Output._columns(of: self)
    }

    /// A column that begins so far into every slot.
    @inlinable
    func _column<Column: SlotValue>(_ type: Column.Type, at offset: Int) -> OrderedDictionary<Key, Column> {
        var next = ResultLoader<Column>(values.lease.reader, at: values.offset + offset, stride: Output._slotStride)
        return withExtendedLifetime(values) { input.mapValues { _ in next.load() } }
    }
}

extension MappedDictionary {
    /// One ordered dictionary per column.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<First: SlotValue, Second: SlotValue>() -> (
        OrderedDictionary<Key, First>, OrderedDictionary<Key, Second>
    )
    where Output == Columns<First, Second> {
        (_column(First.self, at: Output._offset(of: 0)), _column(Second.self, at: Output._offset(of: 1)))
    }

    /// One ordered dictionary per column.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<First: SlotValue, Second: SlotValue, Third: SlotValue>() -> (
        OrderedDictionary<Key, First>, OrderedDictionary<Key, Second>, OrderedDictionary<Key, Third>
    )
    where Output == Columns<First, Second, Third> {
        (
            _column(First.self, at: Output._offset(of: 0)), _column(Second.self, at: Output._offset(of: 1)),
            _column(Third.self, at: Output._offset(of: 2))
        )
    }

    /// One ordered dictionary per column.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<First: SlotValue, Second: SlotValue, Third: SlotValue, Fourth: SlotValue>() -> (
        OrderedDictionary<Key, First>, OrderedDictionary<Key, Second>, OrderedDictionary<Key, Third>,
        OrderedDictionary<Key, Fourth>
    )
    where Output == Columns<First, Second, Third, Fourth> {
        (
            _column(First.self, at: Output._offset(of: 0)), _column(Second.self, at: Output._offset(of: 1)),
            _column(Third.self, at: Output._offset(of: 2)), _column(Fourth.self, at: Output._offset(of: 3))
        )
    }

    /// One ordered dictionary per column.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<First: SlotValue, Second: SlotValue, Third: SlotValue, Fourth: SlotValue, Fifth: SlotValue>()
        -> (
            OrderedDictionary<Key, First>, OrderedDictionary<Key, Second>, OrderedDictionary<Key, Third>,
            OrderedDictionary<Key, Fourth>, OrderedDictionary<Key, Fifth>
        )
    where Output == Columns<First, Second, Third, Fourth, Fifth> {
        (
            _column(First.self, at: Output._offset(of: 0)), _column(Second.self, at: Output._offset(of: 1)),
            _column(Third.self, at: Output._offset(of: 2)), _column(Fourth.self, at: Output._offset(of: 3)),
            _column(Fifth.self, at: Output._offset(of: 4))
        )
    }

    /// One ordered dictionary per column.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<
        First: SlotValue, Second: SlotValue, Third: SlotValue, Fourth: SlotValue, Fifth: SlotValue, Sixth: SlotValue
    >() -> (
        OrderedDictionary<Key, First>, OrderedDictionary<Key, Second>, OrderedDictionary<Key, Third>,
        OrderedDictionary<Key, Fourth>, OrderedDictionary<Key, Fifth>, OrderedDictionary<Key, Sixth>
    )
    where Output == Columns<First, Second, Third, Fourth, Fifth, Sixth> {
        (
            _column(First.self, at: Output._offset(of: 0)), _column(Second.self, at: Output._offset(of: 1)),
            _column(Third.self, at: Output._offset(of: 2)), _column(Fourth.self, at: Output._offset(of: 3)),
            _column(Fifth.self, at: Output._offset(of: 4)), _column(Sixth.self, at: Output._offset(of: 5))
        )
    }
}

extension Columns {
    // Here because the compiler finds no shape for the pack in a method of the dictionary (Swift 6.3).
    @inlinable
    static func _columns<Key, Input>(
        of mapped: MappedDictionary<Key, Input, Self>
    ) -> (repeat OrderedDictionary<Key, each Value>) {
        var next = -1
        func column<Column: SlotValue>(_ type: Column.Type) -> OrderedDictionary<Key, Column> {
            next += 1
            return mapped._column(type, at: _offset(of: next))
        }
        return (repeat column((each Value).self))
    }
}
