import Glibc
import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// What to do with a record whose function fails.
enum OnError: String, CaseIterable { case fail, skip, null }

/// Writes the texts of finished chunks, in order, straight out of shared memory.
///
/// What has been written is at every moment a prefix of the correct output. With `split` the texts of the second and
/// further columns have to wait for the end of the first, in the parent's own memory.
struct RecordOutput {
    let output: Output
    let onError: OnError
    let memory: SharedMemory
    /// Where the output that was written ends.
    private(set) var written: OutputFileOffset
    /// Where that ends which was accepted: what waits to be written, too.
    private(set) var accepted: OutputFileOffset
    /// Records whose output was accepted.
    private(set) var done: Int
    /// Those of them that failed.
    private(set) var failed: Int
    /// The first records that failed in this run, for people.
    private(set) var firstFailures: [FailedRecord] = []
    static let shownFailures = 10
    /// Bytes of text in the chunk that was appended last.
    private(set) var lastUsed: Int?

    private var plan: RecordPlan
    private var joiner: OutputJoiner?
    private var isSplit = false
    private var slotStride = 0
    private var hasText = false
    private(set) var laterColumns: [[UInt8]] = []
    /// Whether nothing stands around the texts, which are a part of the whole.
    private let isPart: Bool
    /// Texts that will be written with the next flush.
    private var pending: [PendingText] = []
    /// Names the records that failed.
    private var finder: RecordFinder?

    /// - Parameters:
    ///   - plan: The plan, without its header yet.
    ///   - start: What an earlier run has written, and this one continues.
    ///   - isPart: Whether texts are written only.
    init(
        _ output: Output, _ plan: RecordPlan, onError: OnError, memory: SharedMemory, from start: RunPosition,
        isPart: Bool
    ) {
        self.isPart = isPart
        (written, accepted) = (start.output, start.output)
        done = start.records
        failed = start.failed
        self.output = output
        self.plan = plan
        self.onError = onError
        self.memory = memory
    }

    /// Must be called once the plan knows its header.
    mutating func begin(_ plan: RecordPlan) {
        self.plan = plan
        isSplit = plan.layout == .split
        slotStride = RecordFunction.slotStride(plan)
        joiner = OutputJoiner(plan: plan)
        // Split columns are never continued; of all else the opening is the first that is written.
        isOpen = isPart || written.bytes > 0
        hasText = isPart || written.bytes > joiner?.opening.count ?? 0
        laterColumns = Array(repeating: [], count: isSplit ? plan.columnNames.count - 1 : 0)
    }

    /// Takes a finished chunk, whose text begins at `start`. Throws `FailedRecord`, after the output of the records
    /// before it, when a failure must stop the run, and `RecordSyntaxError` when the record that failed is malformed.
    mutating func append(_ chunk: Chunk, from start: RecordSplitter.Border) throws {
        lastUsed = nil
        let malformed = malformed(chunk, from: start)
        let end = malformed?.item ?? chunk.items.upperBound
        let failures = chunk.failures.named.prefix { $0.item < end }
        if onError == .fail, let failure = failures.first {
            try append(chunk, items: chunk.items.lowerBound..<failure.item)
            try flush()
            throw try describe(failure, of: chunk, line: start.line)
        }
        failed += failures.count + chunk.failures.others.prefix { $0 < end }.count
        for failure in failures.prefix(Self.shownFailures - firstFailures.count) {
            firstFailures.append(try describe(failure, of: chunk, line: start.line))
        }
        try append(chunk, items: chunk.items.lowerBound..<end)
        if let malformed {
            try flush()
            throw malformed.error
        }
    }

    /// The first record of a chunk that is malformed, looked for where some have failed.
    private func malformed(
        _ chunk: Chunk, from start: RecordSplitter.Border
    ) -> (item: Int, error: RecordSyntaxError)? {
        guard !chunk.failures.isEmpty else { return nil }
        let found = memory.segments.inputReader.withBytes(chunk.input) { plan.firstMalformed($0, from: start) }
        return found.flatMap { chunk.items.contains($0.item) ? $0 : nil }
    }

    private mutating func append(_ chunk: Chunk, items: Range<Int>) throws {
        guard chunk.isPublished else { return try appendMissing(chunk, items: items) }
        guard !items.isEmpty, let overflow = chunk.overflow?.range else { return }
        if isSplit {
            var start = 0
            for item in items {
                for column in 0...laterColumns.count {
                    let end = try load(chunk.slotOffset + item * slotStride + column * 8, of: chunk, behind: start)
                    try append(overflow.lowerBound + start..<overflow.lowerBound + end, column: column, of: chunk)
                    start = end
                }
            }
            try flush()
        } else {
            let used = try load(chunk.slotOffset + (items.upperBound - 1) * slotStride, of: chunk, behind: 0)
            lastUsed = used
            try append(overflow.lowerBound..<overflow.lowerBound + used, column: 0, of: chunk)
        }
        done += items.count
    }

    /// Where a text ends: one load of a word that a worker wrote, checked before it is used. When it is damaged, what
    /// came before the chunk is written.
    private mutating func load(_ offset: _ResultOffset, of chunk: Chunk, behind start: Int) throws -> Int {
        let end = memory.segments.resultReader.load(at: offset, as: Int.self)
        guard start <= end, end <= chunk.overflow?.range.count ?? 0 else {
            pending.removeAll { $0.chunk === chunk }
            try flush()
            throw DamagedOutput(records: chunk.first + chunk.items.lowerBound..<chunk.first + chunk.items.upperBound)
        }
        return end
    }

    /// Appends texts of one column; the first of all loses its separator.
    private mutating func append(_ range: Range<_ResultOffset>, column: Int, of chunk: Chunk) throws {
        guard !range.isEmpty else { return }
        if column > 0 {
            memory.segments.copyResults(range, to: &laterColumns[column - 1])
        } else {
            try open()
            let isFirst = !hasText
            hasText = true
            let skipped = isFirst && joiner?.separator != nil ? 1 : 0
            accepted += range.count - skipped
            pending.append(
                PendingText(range: range.lowerBound + skipped..<range.upperBound, chunk: chunk, doneBefore: done))
        }
    }

    private var isOpen = false

    /// Writes what stands before the first record.
    private mutating func open() throws {
        guard !isOpen, let joiner else { return }
        isOpen = true
        try write(joiner.opening + (joiner.columnOpening.first ?? []))
    }

    /// Records that no worker has written anything for.
    private mutating func appendMissing(_ chunk: Chunk, items: Range<Int>) throws {
        for item in items {
            if onError == .null { try appendEmpty(chunk, item: item) }
            done += 1
        }
    }

    /// A record that has no values, written by the parent itself: nothing of the user's runs for it.
    private mutating func appendEmpty(_ chunk: Chunk, item: Int) throws {
        try flush()
        let (texts, ends) = try withFinder(chunk, item: item) { $0.emptyTexts(outOf: $1) }
        var start = 0
        for (column, end) in ends.enumerated() {
            var text = texts[start..<end]
            start = end
            if column > 0 {
                laterColumns[column - 1] += text
            } else {
                try open()
                if !hasText, joiner?.separator != nil { text = text.dropFirst() }
                hasText = true
                try write(Array(text))
            }
        }
    }

    /// Writes everything that was appended.
    mutating func flush() throws {
        guard !pending.isEmpty else { return }
        let (count, failure) = memory.segments.writeResults(pending.map(\.range), to: output)
        written += count
        defer { pending = [] }
        guard let failure else { return }
        takeBack(behind: count)
        throw OutputError.ending(failure)
    }

    /// Records are not done whose text was not written to its end.
    private mutating func takeBack(behind count: Int) {
        var written = count
        for text in pending {
            guard written < text.range.count else {
                written -= text.range.count
                continue
            }
            done = text.doneBefore
            guard !isSplit, let overflow = text.chunk.overflow?.range else { return }
            let end = overflow.lowerBound.distance(to: text.range.lowerBound) + written
            let slot = { [memory, slotStride] item in
                memory.segments.resultReader.load(at: text.chunk.slotOffset + item * slotStride, as: Int.self)
            }
            done += text.chunk.items.prefix { slot($0) <= end }.count
            return
        }
    }

    /// Writes what stands behind the last record, and the columns that had to wait.
    mutating func finish() throws {
        try open()
        try flush()
        guard let joiner, !isPart else { return }
        for (column, texts) in laterColumns.enumerated() {
            try write(joiner.columnClosing + joiner.columnOpening[column + 1])
            try write(joiner.separator == nil ? texts : Array(texts.dropFirst()))
        }
        try write(joiner.columnClosing + joiner.closing)
    }

    private mutating func write(_ text: [UInt8]) throws {
        guard !text.isEmpty else { return }
        try flush()
        accepted += text.count
        let (count, failure) = output.write(text.span)
        written += count
        if let failure { throw OutputError.ending(failure) }
    }

    private mutating func describe(
        _ failure: ItemFailures.Failure, of chunk: Chunk, line: Int
    ) throws -> FailedRecord {
        try withFinder(chunk, item: failure.item) {
            $0.describe(failure.cause, attempts: failure.attempts, $1, line: line)
        }
    }

    /// Runs `body` with what stands at an item of a chunk, and the chunk's text.
    private mutating func withFinder<Result>(
        _ chunk: Chunk, item: Int, _ body: (inout RecordFinder, Span<UInt8>) -> Result
    ) throws -> Result {
        var finder = try finder.take() ?? RecordFinder(plan)
        defer { self.finder = finder }
        return memory.segments.inputReader.withBytes(chunk.input) { text in
            finder.move(to: item, of: chunk, text)
            return body(&finder, text)
        }
    }
}

/// A text in shared memory that waits to be written, and the chunk that keeps it there.
private struct PendingText {
    let range: Range<_ResultOffset>
    let chunk: Chunk
    /// Records that were done before this text.
    let doneBefore: Int
}

/// Output that cannot be written.
struct OutputError: EndingError, CustomStringConvertible {
    let error: SystemError
    var exitCode: ExitCode { error.code == EPIPE ? .readerGone : .outputFailed }
    var description: String { "output cannot be written: \(error.reason)" }

    func sentence(of run: RunAccount) -> String {
        exitCode == .readerGone ? "" : "\(self); stopped there, \(run.progress)"
    }

    /// What a write's failure means: an `Interrupted` is none of the output's.
    static func ending(_ failure: any Error) -> any Error {
        (failure as? SystemError).map { OutputError(error: $0) } ?? failure
    }
}

/// A worker wrote offsets that no worker writes.
struct DamagedOutput: EndingError, CustomStringConvertible {
    let records: Range<Int>
    var exitCode: ExitCode { .recordFailed }
    var description: String {
        "a worker damaged the results of records \(records.lowerBound + 1) to \(records.upperBound) in shared memory, "
            + "so nothing of them was written"
    }
}
