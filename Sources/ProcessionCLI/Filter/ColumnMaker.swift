import ProcessionBytes
import ProcessionRecords
import ProcessionSegment

/// Makes the output of records whose filter answers columns: of the record in the chunk's text, and the answer.
///
/// One for all chunks of a worker. Where it is in the text of each, the chunk's `FilterJob` knows.
final class ColumnMaker {
    /// Where the text of an item begins.
    struct Place {
        fileprivate var item = 0
        fileprivate var position = 0
    }

    /// Held by one function at a time, for what an object holds is checked for conflicting access at every record.
    struct Parts {
        fileprivate var mapper: RecordMapper
        /// Where each text of the item ends that was mapped last.
        fileprivate(set) var ends: [Int]
    }

    private var parts: Parts?
    let slotStride: Int
    private let plan: RecordPlan

    /// Nil where answers are no columns.
    init?(plan: RecordPlan) throws(PlanError) {
        guard plan.answers != nil else { return nil }
        self.plan = plan
        slotStride = RecordFunction.slotStride(plan)
        parts = Parts(mapper: try RecordMapper(plan: plan), ends: Array(repeating: 0, count: plan.outputsPerRecord))
    }

    /// Runs `body` with the parts and a chunk's text.
    func withText<Result>(of chunk: _ClaimedChunk, _ body: (inout Parts, Span<UInt8>) -> Result) -> Result {
        var parts = parts.take()!
        defer { self.parts = parts }
        return chunk.withText { body(&parts, $0) }
    }

    /// Whether the output of records that have these answers is the answers as they came.
    func keepsAnswers(_ answers: Span<UInt8>, to chunk: _ClaimedChunk) -> Bool {
        guard plan.keepsAnswers, find(UInt8(ascii: "\t"), in: answers, from: 0) == answers.count else { return false }
        return plan.input != .lines || chunk.withText { $0.count > 0 && $0[$0.count - 1] == UInt8(ascii: "\n") }
    }
}

extension ColumnMaker.Parts {
    /// Maps an item, whose place is moved behind it, and returns why it has failed.
    ///
    /// - Parameters:
    ///   - answer: With its newline; nil where there is none, because the item has failed.
    ///   - reason: Why it has.
    mutating func map(
        _ text: Span<UInt8>, at place: inout ColumnMaker.Place, item: Int, of chunk: borrowing _ClaimedChunk,
        answer: Span<UInt8>?, failed reason: String?, into output: inout ByteWriter
    ) -> String? {
        while place.item < item {
            mapper.skip(text, at: &place.position)
            place.item += 1
        }
        place.item += 1
        let index = UInt64(chunk.first + item)
        if let answer {
            let failure = mapper.map(
                text, at: &place.position, index: index, answer: answer, into: &output, ends: &ends)
            return failure?.message
        }
        mapper.mapUnanswered(text, at: &place.position, index: index, into: &output, ends: &ends)
        return reason
    }
}
