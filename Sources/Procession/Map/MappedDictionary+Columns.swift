public import OrderedCollections
public import ProcessionSegment

// The compiler does not specialise what it does for each type of a pack (Swift 6.3): a value then costs 20 ns instead
// of 2. Up to twelve columns are therefore written out.

extension MappedDictionary {
    /// One ordered dictionary per column, of any number of columns.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key; with thirteen columns or more a value costs several times
    ///   as
    ///   much as with twelve.
    @inlinable
    public func columns<each Column: SlotValue>() -> (repeat OrderedDictionary<Key, each Column>)
    where Output == Columns<repeat each Column> {
        Output._columns(of: self)
    }

    /// A column by its number.
    @inlinable
    func _column<Column: SlotValue, each Other: SlotValue>(_ number: Int) -> OrderedDictionary<Key, Column>
    where Output == Columns<repeat each Other> {
        let offset = values.offset + Output._offset(of: number)
        var next = ResultLoader<Column>(values.reader, at: offset, stride: Output._slotStride)
        return withExtendedLifetime(values) { input.mapValues { _ in next.load() } }
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
            return mapped._column(next)
        }
        return (repeat column((each Value).self))
    }
}

extension MappedDictionary {
    /// One ordered dictionary per column, of two.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<A: SlotValue, B: SlotValue>() -> (OrderedDictionary<Key, A>, OrderedDictionary<Key, B>)
    where Output == Columns<A, B> {
        (_column(0), _column(1))
    }

    /// One ordered dictionary per column, of three.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<A: SlotValue, B: SlotValue, C: SlotValue>() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>
    ) where Output == Columns<A, B, C> {
        (_column(0), _column(1), _column(2))
    }

    /// One ordered dictionary per column, of four.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue>() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>
    ) where Output == Columns<A, B, C, D> {
        (_column(0), _column(1), _column(2), _column(3))
    }

    /// One ordered dictionary per column, of five.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue>() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>
    ) where Output == Columns<A, B, C, D, E> {
        (_column(0), _column(1), _column(2), _column(3), _column(4))
    }

    /// One ordered dictionary per column, of six.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue, F: SlotValue>() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>, OrderedDictionary<Key, F>
    ) where Output == Columns<A, B, C, D, E, F> {
        (_column(0), _column(1), _column(2), _column(3), _column(4), _column(5))
    }

    /// One ordered dictionary per column, of seven.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<
        A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue, F: SlotValue, G: SlotValue
    >() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>, OrderedDictionary<Key, F>, OrderedDictionary<Key, G>
    ) where Output == Columns<A, B, C, D, E, F, G> {
        (_column(0), _column(1), _column(2), _column(3), _column(4), _column(5), _column(6))
    }

    /// One ordered dictionary per column, of eight.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<
        A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue, F: SlotValue, G: SlotValue, H: SlotValue
    >() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>, OrderedDictionary<Key, F>, OrderedDictionary<Key, G>, OrderedDictionary<Key, H>
    ) where Output == Columns<A, B, C, D, E, F, G, H> {
        (_column(0), _column(1), _column(2), _column(3), _column(4), _column(5), _column(6), _column(7))
    }

    /// One ordered dictionary per column, of nine.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<
        A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue, F: SlotValue, G: SlotValue, H: SlotValue,
        I: SlotValue
    >() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>, OrderedDictionary<Key, F>, OrderedDictionary<Key, G>, OrderedDictionary<Key, H>,
        OrderedDictionary<Key, I>
    ) where Output == Columns<A, B, C, D, E, F, G, H, I> {
        (_column(0), _column(1), _column(2), _column(3), _column(4), _column(5), _column(6), _column(7), _column(8))
    }

    /// One ordered dictionary per column, of ten.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<
        A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue, F: SlotValue, G: SlotValue, H: SlotValue,
        I: SlotValue, J: SlotValue
    >() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>, OrderedDictionary<Key, F>, OrderedDictionary<Key, G>, OrderedDictionary<Key, H>,
        OrderedDictionary<Key, I>, OrderedDictionary<Key, J>
    ) where Output == Columns<A, B, C, D, E, F, G, H, I, J> {
        (
            _column(0), _column(1), _column(2), _column(3), _column(4), _column(5), _column(6), _column(7), _column(8),
            _column(9)
        )
    }

    /// One ordered dictionary per column, of eleven.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<
        A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue, F: SlotValue, G: SlotValue, H: SlotValue,
        I: SlotValue, J: SlotValue, K: SlotValue
    >() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>, OrderedDictionary<Key, F>, OrderedDictionary<Key, G>, OrderedDictionary<Key, H>,
        OrderedDictionary<Key, I>, OrderedDictionary<Key, J>, OrderedDictionary<Key, K>
    ) where Output == Columns<A, B, C, D, E, F, G, H, I, J, K> {
        (
            _column(0), _column(1), _column(2), _column(3), _column(4), _column(5), _column(6), _column(7), _column(8),
            _column(9), _column(10)
        )
    }

    /// One ordered dictionary per column, of twelve.
    ///
    /// - Returns: As many ordered dictionaries as there are columns, with the input's keys in order.
    /// - Complexity: O(n) per column, without hashing a key.
    @inlinable
    public func columns<
        A: SlotValue, B: SlotValue, C: SlotValue, D: SlotValue, E: SlotValue, F: SlotValue, G: SlotValue, H: SlotValue,
        I: SlotValue, J: SlotValue, K: SlotValue, L: SlotValue
    >() -> (
        OrderedDictionary<Key, A>, OrderedDictionary<Key, B>, OrderedDictionary<Key, C>, OrderedDictionary<Key, D>,
        OrderedDictionary<Key, E>, OrderedDictionary<Key, F>, OrderedDictionary<Key, G>, OrderedDictionary<Key, H>,
        OrderedDictionary<Key, I>, OrderedDictionary<Key, J>, OrderedDictionary<Key, K>, OrderedDictionary<Key, L>
    ) where Output == Columns<A, B, C, D, E, F, G, H, I, J, K, L> {
        (
            _column(0), _column(1), _column(2), _column(3), _column(4), _column(5), _column(6), _column(7), _column(8),
            _column(9), _column(10), _column(11)
        )
    }
}
