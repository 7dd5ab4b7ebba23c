import CProcessionShims
package import ProcessionSystem

/// The two segments as the parent holds them: it made them, and it alone writes the input segment.
///
/// The parent's side of the protocol in procession_segment.h, one method per step. It keeps nothing in mind: which
/// place holds what, under which generation, is the supervisor's private knowledge, because whatever lies in the result
/// segment may have been changed by a worker gone wild.
@safe
package final class ParentSegments: Sendable {
    package let layout: SegmentLayout
    package let nonce: UInt64
    package let input: HeldSegment<_InputSegment>
    package let result: HeldSegment<_ResultSegment>
    private let words: SegmentWords

    /// Makes, maps and seals both segments. Sparse: only pages that are touched take memory.
    ///
    /// - Parameters:
    ///   - spin: How long an idle worker may look for work before it sleeps.
    ///   - term: When a worker leaves; nil for never.
    package init(layout: SegmentLayout, spin: Duration = .zero, term: WorkerTerm? = nil) throws(SystemError) {
        self.layout = layout
        nonce = RandomSeed.random64()
        input = try HeldSegment(name: "procession-input", bytes: layout.inputBytes)
        result = try HeldSegment(name: "procession-result", bytes: layout.resultBytes)
        // Sound: both are mapped as long as they are ours.
        words = unsafe SegmentWords(input: input.base, result: result.base, layout)
        // After our own writable mapping: from here on nobody can make another one of the input segment.
        try input.seal(futureWrite: true)
        try result.seal(futureWrite: false)
        if Machine.refusesToOvercommit {
            try input.reserve(0..<layout.inputDataOffset)
            try result.reserve(0..<layout.resultDataOffset)
        }

        // Sound: the layout leaves room for the header; no worker exists yet.
        unsafe words.header.pointee.magic = UInt64(PROCESSION_MAGIC)
        unsafe words.header.pointee.abi = UInt32(PROCESSION_ABI)
        unsafe words.header.pointee.place_count = UInt32(layout.placeCount)
        unsafe words.header.pointee.worker_capacity = UInt32(layout.workerCapacity)
        unsafe words.header.pointee.queue_count = UInt32(layout.queueCount)
        unsafe words.header.pointee.nonce = nonce
        unsafe words.header.pointee.parent = UInt64(WorkerIdentity.ownPid())
        unsafe words.header.pointee.input_bytes = UInt64(layout.inputBytes)
        unsafe words.header.pointee.result_bytes = UInt64(layout.resultBytes)
        unsafe words.header.pointee.spin = UInt64(spin.nanoseconds)
        unsafe words.header.pointee.term = UInt64(term?.records ?? 0)
        unsafe words.header.pointee.longest_chunk = UInt64(term?.longestChunk ?? 0)
    }

    /// The descriptors a worker needs, in the order of its fixed numbers.
    package var descriptors: [Int32] { [input.descriptor, result.descriptor] }

    // MARK: Data

    /// Where the parent lays out input.
    package var inputWriter: _SlotWriter { input.writer }

    /// The input as the parent wrote it.
    package var inputReader: SegmentReader<_InputSegment> { input.reader }

    /// The results, to be trusted no further than their offsets are checked.
    package var resultReader: SegmentReader<_ResultSegment> { result.reader }

    /// Reads from a descriptor straight into a part of the input segment that no worker has been told of; 0 at the end.
    package func readInput(from descriptor: Int32, into range: Range<_InputOffset>) throws(SystemError) -> Int {
        precondition(layout.inputData.holds(range))
        // Sound: inside the mapping, as just checked.
        return try unsafe File.read(
            descriptor,
            into: UnsafeMutableRawBufferPointer(start: input.base + range.lowerBound.bytes, count: range.count))
    }

    /// Copies input to a part of the segment that no worker has been told of.
    package func copyInput(_ range: Range<_InputOffset>, to offset: _InputOffset) {
        precondition(layout.inputData.holds(range))
        precondition(layout.inputData.holds(offset..<offset + range.count))
        // Sound: both inside the mapping, as just checked.
        unsafe (input.base + offset.bytes).copyMemory(from: input.base + range.lowerBound.bytes, byteCount: range.count)
    }

    /// Writes parts of the result segment, in order, with as few calls as the kernel allows. Says how many bytes were
    /// written, and what kept the others from it.
    package func writeResults(
        _ ranges: [Range<_ResultOffset>], to output: Output
    ) -> (written: Int, failure: (any Error)?) {
        let buffers = unsafe ranges.map { range in
            precondition(layout.resultData.holds(range))
            // Sound: inside the mapping, as just checked. The kernel copies; a worker that still writes falsifies only
            // this.
            return unsafe UnsafeRawBufferPointer(start: result.base + range.lowerBound.bytes, count: range.count)
        }
        return unsafe output.write(buffers)
    }

    /// Appends a copy of a part of the result segment.
    package func copyResults(_ range: Range<_ResultOffset>, to bytes: inout [UInt8]) {
        precondition(layout.resultData.holds(range))
        // Sound: inside the mapping, as just checked.
        unsafe bytes.append(
            contentsOf: UnsafeRawBufferPointer(start: result.base + range.lowerBound.bytes, count: range.count))
    }

    // MARK: The protocol

    /// Puts a chunk into a closed place and opens it under a new generation, as number `sequence` of the queue.
    package func open(place: Int, generation: Int, sequence: Int, _ chunk: ChunkDescriptor) {
        // Sound: the place exists and is closed, so nobody reads its descriptor or writes its line.
        unsafe chunk.store(to: UnsafeMutableRawPointer(words.descriptor(of: place)), sequence: sequence)
        faultPoint("described")
        unsafe procession_open(words.line(of: place), UInt64(generation), UInt64(chunk.begin))
        faultPoint("opened")
        unsafe procession_announce(words.header, words.queue, UInt64(sequence), UInt32(place))
        faultPoint("announced")
    }

    /// Wakes workers out of the first `workers` for `count` chunks that were opened: sleepers, unless it is one chunk
    /// that a worker is spinning for. Returns whether it is.
    ///
    /// Whoever gives up spinning looks once more before it sleeps, so that no chunk is passed over.
    @discardableResult
    package func wakeSleepers(_ count: Int, of workers: Int) -> Bool {
        let isAwaited = unsafe procession_is_seat_taken(words.resultHeader) != 0
        if isAwaited, count == 1 { return true }
        var asleep: Int32 = 0
        for worker in 0..<workers where unsafe procession_is_asleep(words.workerLine(worker)) != 0 { asleep += 1 }
        // Sound: the futex word is the low half of `opened`, which lies in the mapping.
        if asleep > 0 { unsafe _ = Futex.wake(words.futexWord, count: min(asleep, Int32(clamping: count))) }
        return false
    }

    /// Wakes everybody who sleeps, whatever their lines say.
    package func wakeAll() { unsafe _ = Futex.wake(words.futexWord, count: .max) }

    /// Whether a worker sleeps, by its own word. A sleeper holds no chunk: it has left every one before.
    package func isAsleep(worker: Int) -> Bool { unsafe procession_is_asleep(words.workerLine(worker)) != 0 }

    /// Takes back an open chunk; false when a worker has claimed it.
    package func revoke(place: Int, generation: Int) -> Bool {
        unsafe procession_revoke(words.line(of: place), UInt64(generation)) != 0
    }

    /// Closes a place that its claimer has left or died on.
    package func close(place: Int, generation: Int) {
        unsafe procession_close(words.line(of: place), UInt64(generation))
    }

    /// Whether the claimer that has left a place waits there for room, with the result of the item at `done`.
    package func waitsForRoom(place: Int, generation: Int) -> Bool {
        unsafe procession_load_once(&words.line(of: place).pointee.waits) == UInt64(generation)
    }

    /// Gives the rest of a chunk to the worker that waits at its place, under a new generation.
    package func grant(place: Int, generation: Int, sequence: Int, to worker: Int, _ chunk: ChunkDescriptor) {
        // Sound: the worker has left the place and not been answered, so nobody reads the descriptor or writes the
        // line.
        unsafe chunk.store(to: UnsafeMutableRawPointer(words.descriptor(of: place)), sequence: sequence)
        faultPoint("granting")
        unsafe procession_grant(
            words.descriptor(of: place), words.line(of: place), UInt64(generation), UInt64(chunk.begin), UInt64(worker))
        faultPoint("granted")
        wakeWaiter(at: place)
    }

    /// Tells a worker that waits at a place that there is nothing more for it to do there. The place is closed.
    package func refuse(place: Int, generation: Int) {
        unsafe procession_refuse(words.descriptor(of: place), UInt64(generation))
        wakeWaiter(at: place)
    }

    private func wakeWaiter(at place: Int) {
        unsafe _ = Futex.wake(SegmentWords.answerWord(of: words.descriptor(of: place)), count: .max)
    }

    /// Closes all places, none of which holds a chunk, where the owner word says anything else.
    ///
    /// - Parameter generations: Those that the places were last opened under.
    package func keepClosed(_ generations: Span<Int>) {
        precondition(generations.count <= layout.placeCount)
        let first = unsafe words.line(of: 0)
        for place in generations.indices {
            // Sound: the lines lie one behind the other, and there are so many.
            let line = unsafe first + place
            let generation = UInt64(truncatingIfNeeded: generations[place])
            let closed = procession_owner(generation, UInt64(PROCESSION_CLOSED))
            if unsafe procession_load_owner(line) != closed { unsafe procession_close(line, generation) }
        }
    }

    /// What a place says of itself, each word loaded once into this private copy.
    package func look(at place: Int, generation: Int) -> PlaceReport {
        let line = unsafe words.line(of: place)
        let hasLeft = unsafe procession_has_left(line, UInt64(generation)) != 0
        return unsafe PlaceReport(
            generation: generation, owner: procession_load_owner(line), hasLeft: hasLeft,
            done: procession_load_done(line),
            overflowUsed: procession_load_once(&line.pointee.overflow_used),
            failure: procession_load_once(&line.pointee.failure), wanted: procession_load_once(&line.pointee.wanted),
            nanoseconds: procession_load_once(&line.pointee.nanoseconds))
    }

    /// Whether the claimer of a place has said its last word.
    package func hasLeft(place: Int, generation: Int) -> Bool {
        unsafe procession_has_left(words.line(of: place), UInt64(generation)) != 0
    }

    /// Asks to be signalled when a chunk with this sequence or a later one is left; nil when the parent is awake.
    package func setWake(from sequence: Int?) {
        unsafe procession_set_wake(words.header, sequence.map { UInt64($0) + 1 } ?? 0)
    }

    /// Says whether all chunks of all runs have been opened.
    package func setSupplied(_ isSupplied: Bool) { unsafe procession_set_supplied(words.header, isSupplied ? 1 : 0) }

    /// Makes the line of a reaped worker fit for its replacement.
    package func resetLine(ofWorker worker: Int) {
        unsafe procession_reset_line(words.workerLine(worker))
        unsafe procession_free_seat(words.resultHeader, UInt64(worker))
        unsafe words.lastWords(of: worker)[0] = 0
    }

    /// The last line that a worker which was reaped has written to standard error while it had its last chunk; nil for
    /// none. What it says is the worker's: any bytes.
    package func lastWords(ofWorker worker: Int) -> String? {
        let bytes = unsafe words.lastWords(of: worker)
        // A copy, of which the end is sought.
        let line = unsafe [CChar](bytes).prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    /// Whether a worker has come as far as its loop.
    package func isAttached(worker: Int) -> Bool { unsafe procession_is_attached(words.workerLine(worker)) != 0 }

    /// Tells all workers to leave when they have finished their chunks.
    package func stopWorkers() {
        unsafe procession_set_stop(words.header)
        faultPoint("stopped")
        wakeAll()
    }
}

extension Range {
    /// Whether a part lies in it, and is not behind it.
    fileprivate func holds(_ part: Range) -> Bool { contains(part.lowerBound) && part.upperBound <= upperBound }
}
