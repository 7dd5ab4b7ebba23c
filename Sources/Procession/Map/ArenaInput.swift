/// Where the keys and values of a map's records lie, or will lie once their chunk is handed out.
@usableFromInline
struct ArenaInput {
    /// Lays out the keys and values of some records.
    @usableFromInline typealias Fill = (Range<Int>, inout ArenaInput) throws(PoolError) -> Void

    /// Nil when the indices are the keys.
    @usableFromInline var keys: InputColumn?
    @usableFromInline var values: InputColumn
    /// Nil when everything lies there already.
    private let fill: Fill?

    /// What was laid out before.
    init(_ values: InputRoom) {
        keys = nil
        self.values = InputColumn(values)
        fill = nil
    }

    /// Slots that are filled while others are mapped. There must be room for them.
    init(keyBytes: Int?, valueBytes: Int, in memory: SharedMemory, fill: @escaping Fill) throws(PoolError) {
        if let keyBytes { keys = InputColumn(try InputRoom(bytes: keyBytes, in: memory)) }
        values = InputColumn(try InputRoom(bytes: valueBytes, in: memory))
        self.fill = fill
    }

    var isLaidOut: Bool { fill == nil }

    mutating func layOut(_ records: Range<Int>) throws(PoolError) { try fill?(records, &self) }
}
