import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// A run over text: input is read straight into shared memory and cut at record borders, output is written out of it.
///
/// Memory is the window. While it is full nothing is read, so a reader that is slow downstream stops the reading
/// upstream, and a record that is slow at the head stops nothing but the output.
struct RecordStream: RecordSource {
    let memory: SharedMemory
    private(set) var plan: RecordPlan
    private let input: Int32
    private let window: Int
    private let checkpoint: Checkpoint?
    /// What is mapped of the input, where that is not all.
    private let part: InputPart?
    private var splitter: RecordSplitter
    private var output: RecordOutput

    /// The memory that is being filled: how much of it holds input, and how much of that was cut off.
    private var block: Extent<_InputSegment>?
    private var filled = 0
    private var cut = 0
    private var isAtEnd = false
    /// Who reads a large file.
    private var thread: InputThread?
    private var isComplete = false
    /// Records that were cut off and wait for room in the window.
    private var held: Found?
    /// Why the input ends before its time. Said when everything that stands before it is written.
    private var fault: (any Error)?
    private var records = 0
    /// Where the chunks that are under way begin.
    private var starts = ChunkStarts()
    /// Where the input ends that was read.
    private var inputEnd = InputFileOffset(bytes: 0)
    private(set) var outcome = Outcome()
    /// How many bytes of output a byte of input makes, as far as we know.
    private var growth = 1.25

    /// Records that were cut off, and where in memory they stand.
    private struct Found {
        let cut: RecordSplitter.Cut
        let input: Range<_InputOffset>
    }

    /// How far a run has come.
    struct Outcome {
        /// Records whose output is written, those left out included.
        var done = 0
        var failed = 0
        /// The first records that failed, for people.
        var firstFailures: [FailedRecord] = []
    }

    /// Bytes read at a time, and so the most a chunk holds, unless one record is larger: about as many as are written
    /// at a time where a thread reads meanwhile, and else few, which the processor's cache still holds when they are
    /// copied. Half of that for filters, whose answers to a chunk are kept back.
    private var blockBytes: Int {
        thread == nil ? 256 << 10 : max(256 << 10, min(window / (plan.isFilter ? 64 : 32), 2 << 20))
    }

    /// Reads as far as the header row, where the format has one: workers must know it from the beginning.
    init(
        plan: RecordPlan, input: Int32, output: Output, onError: OnError, window: Int, memory: SharedMemory,
        interruption: Interruption, checkpoint: Checkpoint? = nil, part: InputPart? = nil
    ) throws {
        self.plan = part?.beginning.plan ?? plan
        self.checkpoint = checkpoint
        self.part = part
        self.input = input
        self.window = window
        self.memory = memory
        splitter = part?.beginning.splitter ?? RecordSplitter(plan: plan)
        File.lengthenPipe(input)
        let start = checkpoint?.start ?? part?.start ?? RunPosition()
        self.output = RecordOutput(
            output, plan, onError: onError, memory: memory, from: start, isPart: part != nil)
        // Before the output is touched that a checkpoint lets grow in place, too.
        let isNeeded = plan.input == .csv || plan.input == .tsv || checkpoint != nil
        if isNeeded, part == nil { try readBeginning(interruption) }
        self.output.begin(self.plan)
        if start.records > 0 || part != nil { try move(to: start) }
        thread = InputThread(input, memory)
    }

    /// Goes on where an earlier run was cut off. The header was read before, as at every beginning.
    private mutating func move(to start: RunPosition) throws {
        do {
            try File.seek(input, to: start.border.offset.bytes)
        } catch {
            throw InputError(offset: start.border.offset, error: error)
        }
        checkpoint?.hasMovedToStart()
        splitter.border = start.border
        (block, filled, cut, isAtEnd) = (nil, 0, 0, false)
        records = start.records
        inputEnd = start.border.offset
        outcome.done = start.records
        outcome.failed = start.failed
    }

    var inputBytes: Int { inputEnd.bytes - (part?.span.begin.offset ?? 0) }
    /// Where it stands in the input.
    var border: RecordSplitter.Border { splitter.border }
    var laterColumns: [[UInt8]] { output.laterColumns }
    var outputBytes: Int { output.written.bytes }
    var remaining: Int? { nil }
    var overflowLimit: Int { window / 8 }
    var areChunksGathered: Bool { plan.isFilter }
    /// A filter buffers answers in blocks, and chunks must be long beside them and beside its start; to wake the parent for
    /// every command would take a core from the commands.
    var chunkTarget: Duration {
        plan.isFilter ? .milliseconds(40) : plan.runsCommands ? .milliseconds(10) : .microseconds(150)
    }

    /// Bytes of the window that a worker may hold for answers which it keeps back. All workers leave an eighth of it
    /// for what they are sent next, and no less than the smallest blocks of input take with their answers. At least
    /// what the lines that a pipe holds take.
    static func mostHeld(window: Int, workers: Int) -> Int {
        max(256 << 10, (window - max(window / 8, min(window / 2, 1 << 20))) / workers)
    }

    /// Reads as far as records begin.
    private mutating func readBeginning(_ interruption: Interruption) throws {
        while splitter.border.place == .start {
            // At the end of the input this finds a beginning or throws.
            _ = try cutRecords(limit: 0)
            guard splitter.border.place == .start else { break }
            try interruption.waitForInput(at: input)
            _ = try read()
        }
        plan = try plan.with(header: splitter.header ?? [])
    }

    /// Whether the input ends where this run does.
    private var isLast: Bool { part?.span.isLast ?? true }

    /// The record that this run does not map any more.
    private var lastRecord: Int {
        guard let span = part?.span, span.isCounted, !span.isLast else { return .max }
        return span.end.records
    }

    // MARK: Input

    mutating func next(limit: Int) throws -> Supply {
        do {
            return try supply(limit: min(limit, max(1, window / 8 / max(RecordFunction.slotStride(plan), 1))))
        } catch  where error is RecordSyntaxError || error is InputError {
            fault = error
            return .end
        }
    }

    private mutating func supply(limit: Int) throws -> Supply {
        while true {
            if held == nil, isComplete { return .end }
            if let found = try held ?? cutRecords(limit: limit) {
                if found.cut.count > 0 {
                    held = hasRoom(for: found) ? nil : found
                    return held == nil ? .chunk(try chunk(found)) : .notNow(nil)
                }
                if isComplete || isAtEnd { continue }
            }
            guard try thread != nil || isReadable() else { return .notNow(input) }
            if let delay = try read() { return delay }
        }
    }

    /// Whether the window has room for so many bytes more. Where nothing is under way, there always is.
    private func hasRoom(_ bytes: Int) -> Bool {
        records == output.done || memoryInUse + bytes <= window
    }

    /// What the run holds: shared memory, and what the parent keeps in mind of each chunk.
    private var memoryInUse: Int { memory.bytesInUse + starts.count * Self.bytesPerChunk }
    private static let bytesPerChunk = 1024

    private func hasRoom(for found: Found) -> Bool {
        let results = min(overflowEstimate(records: found.cut.count, inputBytes: found.input.count), overflowLimit)
        return hasRoom(found.cut.count * RecordFunction.slotStride(plan) + results + Self.bytesPerChunk)
    }

    /// Results that outgrow what was thought do not fill the memory behind a record that is slow.
    func mayGrow(isHead: Bool) -> Bool { isHead || memoryInUse + overflowLimit <= window }

    /// Cuts off records from what was read; nil when there is nothing to cut from.
    private mutating func cutRecords(limit: Int) throws -> Found? {
        guard cut < filled || isAtEnd else { return nil }
        let start = (block?.range.lowerBound ?? _Offset(bytes: 0)) + cut
        let found = try memory.segments.inputReader.withBytes(start..<start + (filled - cut)) {
            bytes throws(RecordSyntaxError) in
            let limit = min(limit, lastRecord - records)
            let found = try splitter.cut(bytes, limit: limit, atEnd: isAtEnd && isLast)
            checkpoint?.consumed(bytes.extracting(..<found.consumed))
            return found
        }
        defer { cut += found.consumed }
        isComplete = found.isEnd || !isLast && splitter.border.offset.bytes == part?.span.end.offset
        // A part ends at a border, unless that has become another.
        if isAtEnd, !isLast, !isComplete, found.consumed == 0 { throw InputChanged() }
        return Found(cut: found, input: start + found.records.lowerBound..<start + found.records.upperBound)
    }

    private mutating func chunk(_ found: Found) throws -> Chunk {
        let (cut, input) = (found.cut, found.input)
        let bytes = cut.count * RecordFunction.slotStride(plan)
        guard let slots = memory.allocateResult(bytes), let block else {
            throw PoolError(.outOfMemory, "no room for \(byteText(bytes)) of results in shared memory")
        }
        starts.append(first: records, RecordSplitter.Border(line: cut.line, offset: cut.offset))
        defer {
            records += cut.count
            checkpoint?.cut(records: records, border: splitter.border)
        }
        return Chunk(
            first: records, items: 0..<cut.count, keyOffset: nil, input: input,
            slotOffset: slots.range.lowerBound, storage: [block, slots])
    }

    private func isReadable() throws -> Bool {
        var items = [PollItem(descriptor: input, wants: .read)]
        return try poll(&items, timeout: .zero) > 0
    }

    /// Reads more input behind what there is, or says why it has to come later.
    private mutating func read() throws -> Supply? {
        do {
            let count: Int
            if let thread, thread.isReading {
                guard let read = try thread.take() else { return .notNow(thread.descriptor) }
                count = read
            } else {
                let left = (part?.span.end.shown ?? .max) - inputEnd.bytes
                guard left > 0 else {
                    isAtEnd = true
                    return nil
                }
                guard let block = try makeRoom() else { return .notNow(nil) }
                let room = min(block.range.count - filled, left)
                let range = block.range.lowerBound + filled..<block.range.lowerBound + filled + room
                if let thread {
                    thread.begin(range, of: block)
                    return .notNow(thread.descriptor)
                }
                count = try memory.segments.readInput(from: input, into: range)
            }
            filled += count
            inputEnd += count
            isAtEnd = count == 0
            return nil
        } catch let error as SystemError {
            throw InputError(offset: inputEnd, error: error)
        }
    }

    /// The block to read into: a new one when this one is full, or nil when the window is.
    private mutating func makeRoom() throws -> Extent<_InputSegment>? {
        if let block, filled < block.range.count { return block }
        let rest = filled - cut
        guard rest * 2 <= window else {
            throw RecordSyntaxError(
                message: "this record is longer than half the window of \(byteText(window)); give more with --window",
                line: splitter.border.line, offset: splitter.border.offset)
        }
        let size = min(max(blockBytes, rest * 2), window / 2 + blockBytes)
        guard hasRoom(size) else { return nil }
        guard let next = memory.allocateInput(size) else {
            // Where nothing is under way, nothing will be given back.
            guard records == output.done else { return nil }
            throw PoolError(.outOfMemory, "no room for \(byteText(size)) of input in shared memory")
        }
        if let block, rest > 0 {
            let start = block.range.lowerBound
            memory.segments.copyInput(start + cut..<start + filled, to: next.range.lowerBound)
        }
        block = next
        filled = rest
        cut = 0
        return next
    }

    // MARK: Output

    mutating func drain(_ chunk: Chunk) throws {
        defer { settle() }
        try output.append(chunk, from: starts.border(before: chunk))
        settle()
        try part?.failures.note(outcome.firstFailures)
        checkpoint?.accepted(records: output.done, failed: outcome.failed, output: output.accepted)
        if let used = output.lastUsed, chunk.input.count > 0 {
            let share = Double(chunk.input.count) * Double(chunk.items.count) / Double(max(chunk.items.upperBound, 1))
            growth = max(growth * 0.9, Double(used) / max(share, 1) * 1.1)
        }
    }

    mutating func flush() throws {
        do {
            defer { settle() }
            try output.flush()
        }
        try checkpoint?.tick()
    }

    /// Takes over what the output has come to, whether it could do all it was asked or not.
    private mutating func settle() {
        outcome.failed = output.failed
        outcome.firstFailures = output.firstFailures
        outcome.done = output.done
        checkpoint?.written(output.written)
    }

    /// Writes what has to stand behind the last record, or throws what has kept the input from its end.
    mutating func finish() throws {
        if let fault { throw fault }
        try output.finish()
    }

    /// Says that nothing is left to be done.
    func complete() throws {
        try checkpoint?.complete(
            records: output.done, failed: outcome.failed, output: output.written, border: splitter.border)
    }

    func overflowEstimate(records: Int, inputBytes: Int) -> Int {
        Int(min(Double(inputBytes) * growth, Double(memory.inputRoom))) + records * 8
    }
}

/// Input that cannot be read.
struct InputError: EndingError, CustomStringConvertible {
    let offset: InputFileOffset
    let error: SystemError
    var exitCode: ExitCode { .malformedInput }
    var description: String { "input cannot be read at byte \(offset.bytes): \(error.reason)" }
    func sentence(of run: RunAccount) -> String { "\(run.input): \(self); stopped there, \(run.progress)" }
}
