import Procession
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
    /// Bytes written.
    private(set) var bytes: Int
    /// Bytes accepted: those that wait to be written, too.
    private(set) var acceptedBytes: Int
    /// Records whose output was accepted.
    private(set) var done: Int
    /// Bytes of text in the chunk that was appended last.
    private(set) var lastUsed: Int?

    private var joiner: OutputJoiner?
    private var isSplit = false
    private var slotStride = 0
    private var hasText = false
    private var laterColumns: [[UInt8]] = []
    /// Texts that will be written with the next flush.
    private var pending: [PendingText] = []
    private var failures: [RecordFailure] = []

    /// - Parameter start: What an earlier run has written, and this one continues.
    init(_ output: Output, onError: OnError, memory: SharedMemory, from start: RunPosition) {
        bytes = start.outputBytes
        acceptedBytes = start.outputBytes
        done = start.records
        self.output = output
        self.onError = onError
        self.memory = memory
    }

    /// Must be called once the plan knows its header.
    mutating func begin(_ plan: RecordPlan) {
        isSplit = plan.split
        slotStride = RecordFunction.slotStride(plan)
        joiner = OutputJoiner(plan: plan)
        // Split columns are never continued; of all else the opening is the first that is written.
        isOpen = bytes > 0
        hasText = bytes > joiner?.opening.count ?? 0
        laterColumns = Array(repeating: [], count: plan.split ? plan.columns.count - 1 : 0)
    }

    /// Failures since the last call: how many, the first of them kept for people.
    mutating func takeFailures(into first: inout [RecordFailure]) -> Int {
        defer { failures = [] }
        first += failures.prefix(max(0, 10 - first.count))
        return failures.count
    }

    /// Takes a finished chunk. Throws `RecordFailure`, after the output of the records before it, when a failure must
    /// stop the run.
    mutating func append(_ chunk: Chunk, _ plan: RecordPlan) throws {
        lastUsed = nil
        if let cause = chunk.cause {
            let failure = describe(chunk, item: chunk.items.lowerBound, cause, plan)
            if onError == .fail {
                try flush()
                throw failure
            }
            failures.append(failure)
            if onError == .null { try appendEmpty(chunk, plan) }
            done += 1
            return
        }
        var end = chunk.items.upperBound
        var stop: RecordFailure?
        for (item, reason) in chunk.failures {
            let failure = describe(chunk, item: item, .threw(reason), plan)
            failures.append(failure)
            if onError == .fail {
                (end, stop) = (item, failure)
                break
            }
        }
        if end > chunk.items.lowerBound { try append(chunk, items: chunk.items.lowerBound..<end, plan) }
        done += end - chunk.items.lowerBound
        if let stop {
            try flush()
            throw stop
        }
    }

    private mutating func append(_ chunk: Chunk, items: Range<Int>, _ plan: RecordPlan) throws {
        guard let overflow = chunk.overflow?.range else { return }
        let stride = RecordFunction.slotStride(plan)
        if plan.split {
            var start = 0
            for item in items {
                for column in plan.columns.indices {
                    let end = try load(chunk.slotOffset + item * stride + column * 8, of: chunk, behind: start)
                    try append(overflow.lowerBound + start..<overflow.lowerBound + end, column: column, of: chunk)
                    start = end
                }
            }
            try flush()
        } else {
            let used = try load(chunk.slotOffset + (items.upperBound - 1) * stride, of: chunk, behind: 0)
            lastUsed = used
            try append(overflow.lowerBound..<overflow.lowerBound + used, column: 0, of: chunk)
        }
    }

    /// Where a text ends: one load of a word that a worker wrote, checked before it is used. When it is damaged, what
    /// came before the chunk is written.
    private mutating func load(_ offset: Int, of chunk: Chunk, behind start: Int) throws -> Int {
        let end = memory.segments.resultReader.load(at: offset, as: Int.self)
        guard start <= end, end <= chunk.overflow?.range.count ?? 0 else {
            pending.removeAll { $0.chunk === chunk }
            try flush()
            throw DamagedOutput(records: chunk.first + chunk.items.lowerBound..<chunk.first + chunk.items.upperBound)
        }
        return end
    }

    /// Appends texts of one column; the first of all loses its separator.
    private mutating func append(_ range: Range<Int>, column: Int, of chunk: Chunk) throws {
        guard !range.isEmpty else { return }
        if column > 0 {
            memory.segments.copyResults(range, to: &laterColumns[column - 1])
        } else {
            try open()
            let isFirst = !hasText
            hasText = true
            let skipped = isFirst && joiner?.separator != nil ? 1 : 0
            acceptedBytes += range.count - skipped
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

    /// A record that has no values, written by the parent itself: nothing of the user's runs for it.
    private mutating func appendEmpty(_ chunk: Chunk, _ plan: RecordPlan) throws {
        try flush()
        var mapper = try RecordMapper(plan: plan)
        var ends = [Int](repeating: 0, count: plan.outputsPerRecord)
        let item = chunk.items.lowerBound
        var texts: [UInt8] = []
        memory.segments.inputReader.withBytes(chunk.input) { text in
            texts = ByteWriter.collect(capacity: text.count * 2 + 4096) { writer in
                var position = 0
                for _ in 0..<item { mapper.skip(text, at: &position) }
                var columnEnds = ends.mutableSpan
                mapper.mapEmpty(
                    text, at: &position, index: UInt64(chunk.first + item), into: &writer, columnEnds: &columnEnds)
            }
        }
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
        let (written, failure) = memory.segments.writeResults(pending.map(\.range), to: output)
        bytes += written
        defer { pending = [] }
        guard let failure else { return }
        takeBack(behind: written)
        throw OutputError.ending(failure)
    }

    /// Records are not done whose text was not written to its end.
    private mutating func takeBack(behind written: Int) {
        var written = written
        for text in pending {
            guard written < text.range.count else {
                written -= text.range.count
                continue
            }
            done = text.doneBefore
            guard !isSplit, let overflow = text.chunk.overflow?.range else { return }
            let end = text.range.lowerBound + written - overflow.lowerBound
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
        guard let joiner else { return }
        for (column, texts) in laterColumns.enumerated() {
            try write(joiner.columnClosing + joiner.columnOpening[column + 1])
            try write(joiner.separator == nil ? texts : Array(texts.dropFirst()))
        }
        try write(joiner.columnClosing + joiner.closing)
    }

    private mutating func write(_ text: [UInt8]) throws {
        guard !text.isEmpty else { return }
        try flush()
        acceptedBytes += text.count
        let (written, failure) = output.write(text.span)
        bytes += written
        if let failure { throw OutputError.ending(failure) }
    }

    private func describe(_ chunk: Chunk, item: Int, _ cause: RecordFailure.Cause, _ plan: RecordPlan) -> RecordFailure
    {
        let index = chunk.first + item
        let key = memory.segments.inputReader.withBytes(chunk.input) { text in
            guard var mapper = try? RecordMapper(plan: plan) else { return "\(index + 1)" }
            var position = 0
            for _ in 0..<item { mapper.skip(text, at: &position) }
            return mapper.keyText(text, at: position, index: UInt64(index))
        }
        return RecordFailure(index: index, key: key, cause: cause, attempts: max(chunk.attempts, 1))
    }
}

/// A text in shared memory that waits to be written, and the chunk that keeps it there.
private struct PendingText {
    let range: Range<Int>
    let chunk: Chunk
    /// Records that were done before this text.
    let doneBefore: Int
}

/// Output that cannot be written.
struct OutputError: Error, CustomStringConvertible {
    let error: SystemError
    var description: String { "output cannot be written: \(error)" }

    /// What a write's failure means: an `Interrupted` is none of the output's.
    static func ending(_ failure: any Error) -> any Error {
        (failure as? SystemError).map { OutputError(error: $0) } ?? failure
    }
}

/// A worker wrote offsets that no worker writes.
struct DamagedOutput: Error, CustomStringConvertible {
    let records: Range<Int>
    var description: String {
        "a worker damaged the results of records \(records.lowerBound + 1) to \(records.upperBound) in shared memory, "
            + "so nothing of them was written"
    }
}
