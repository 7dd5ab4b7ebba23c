import ProcessionSegment

/// Where the keys and values of a map's records lie, or will lie once their chunk is handed out.
@usableFromInline
struct ArenaInput {
    /// Nil when the indices are the keys.
    let keyOffset: _InputOffset?
    let valueOffset: _InputOffset
    /// What was laid out before, if it was.
    private let room: InputRoom?
    /// Otherwise, what lays it out.
    private let columns: ArenaColumns?

    /// What was laid out before.
    init(_ values: InputRoom) {
        (keyOffset, valueOffset) = (nil, values.offset)
        (room, columns) = (values, nil)
    }

    /// What is laid out while other records are mapped.
    init(_ columns: ArenaColumns) {
        (keyOffset, valueOffset) = (columns.keys?.room.offset, columns.values.room.offset)
        (room, self.columns) = (nil, columns)
    }

    var isLaidOut: Bool { columns == nil }

    func layOut(_ records: Range<Int>) throws(PoolError) { try columns?.layOut(records) }
}

/// Slots of keys and values that are filled while others are mapped.
@usableFromInline
final class ArenaColumns {
    /// Lays out the keys and values of some records.
    @usableFromInline typealias Fill = (Range<Int>, ArenaColumns) throws(PoolError) -> Void

    /// Nil when the indices are the keys.
    @usableFromInline var keys: InputColumn?
    @usableFromInline var values: InputColumn
    private let fill: Fill

    /// There must be room for them.
    init(keyBytes: Int?, valueBytes: Int, in memory: SharedMemory, fill: @escaping Fill) throws(PoolError) {
        if let keyBytes { keys = InputColumn(try InputRoom(bytes: keyBytes, in: memory)) }
        values = InputColumn(try InputRoom(bytes: valueBytes, in: memory))
        self.fill = fill
    }

    func layOut(_ records: Range<Int>) throws(PoolError) { try fill(records, self) }
}
