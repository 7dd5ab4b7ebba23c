import Procession
import ProcessionRecords
import ProcessionSegment

/// Finds single records in the texts of chunks, for the few that the parent has to name or to write itself.
///
/// Whoever asks in the order of the records goes through every chunk once, and counts its lines once.
struct RecordFinder {
    private let plan: RecordPlan
    private var mapper: RecordMapper
    /// The chunk, by its first record, whose item `item` begins at `position` of its text.
    private var first = -1
    private var item = 0
    private var position = 0
    /// Newlines of the text that were counted, and how far.
    private var newlineCount = 0
    private var counted = 0

    /// The plan must be valid, and know its header if the input has one.
    init(_ plan: RecordPlan) throws {
        self.plan = plan
        mapper = try RecordMapper(plan: plan)
    }

    /// Moves to an item of a chunk whose text is `text`.
    mutating func move(to item: Int, of chunk: Chunk, _ text: Span<UInt8>) {
        if chunk.first != first || item < self.item {
            (first, self.item, position, newlineCount, counted) = (chunk.first, 0, 0, 0, 0)
        }
        for _ in self.item..<item { mapper.skip(text, at: &position) }
        self.item = item
    }

    /// The output of the record that was moved to when it has no values, and where each of its texts ends.
    mutating func emptyTexts(outOf text: Span<UInt8>) -> (texts: [UInt8], ends: [Int]) {
        var ends = [Int](repeating: 0, count: plan.outputsPerRecord)
        let texts = ByteWriter.collect { writer in
            var position = position
            var columnEnds = ends.mutableSpan
            mapper.mapEmpty(
                text, at: &position, index: UInt64(first + item), into: &writer, columnEnds: &columnEnds)
        }
        return (texts, ends)
    }

    /// What is said of the record that was moved to, in a chunk that begins on `line`.
    mutating func describe(
        _ cause: RecordFailure.Cause, attempts: Int, _ text: Span<UInt8>, line: Int
    ) -> FailedRecord {
        let index = first + item
        let key = mapper.keyText(text, at: position, index: UInt64(index))
        let failure = RecordFailure(index: index, key: key, cause: cause, attempts: max(attempts, 1))
        guard plan.input != .lines else { return FailedRecord(failure: failure, line: nil) }
        let start = mapper.start(of: text, at: position)
        newlineCount += newlines(in: text.extracting(counted..<start), before: start - counted)
        counted = start
        return FailedRecord(failure: failure, line: line + newlineCount)
    }
}
