import ProcessionSegment

/// What a map has to say of its results beside their slots: the bytes they refer to, and the records that have none.
struct ArenaResults {
    /// Overflow bytes that results refer to.
    private(set) var overflow: [Extent<_ResultSegment>] = []
    private(set) var failures: [RecordFailure] = []
    /// Results need no overflow bytes.
    private let isFixed: Bool
    private let stopsAtFailure: Bool
    private let keyText: (Int) -> String
    private var overflowBytes = 0
    private var overflowRecords = 0

    init(isFixed: Bool, stopsAtFailure: Bool, keyText: @escaping (Int) -> String) {
        self.isFixed = isFixed
        self.stopsAtFailure = stopsAtFailure
        self.keyText = keyText
    }

    /// Takes a chunk, in its turn. Throws its first failure, if that ends the map.
    mutating func take(_ chunk: Chunk) throws {
        for failure in chunk.failures.named {
            let index = chunk.first + failure.item
            let error = RecordFailure(failure, index: index, key: keyText(index))
            if stopsAtFailure { throw error }
            failures.append(error)
        }
        guard !isFixed, let extent = chunk.overflow else { return }
        overflow.append(extent)
        overflowBytes += extent.range.count
        overflowRecords += chunk.items.count
    }

    /// Overflow bytes for so many records: a quarter more than those took that were taken. None where results need
    /// none, as long as no record has failed.
    func overflowEstimate(records: Int) -> Int {
        if isFixed { return failures.isEmpty ? 0 : 1 }
        let each = overflowRecords == 0 ? 32 : overflowBytes / overflowRecords + 1
        return records * each + records * each / 4
    }
}
