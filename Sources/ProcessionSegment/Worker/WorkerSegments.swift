import CProcessionShims
import ProcessionSystem

/// The two segments as a worker holds them: the input read-only, the results writable.
///
/// A worker attaches before anything else, and refuses anything that its own parent did not make for it.
@safe
package final class WorkerSegments {
    package let layout: SegmentLayout
    package let worker: Int
    private let input, result: Mapping
    private let words: SegmentWords
    private let signal: EventCounter
    /// Where in the queue to look next.
    private var next: UInt64 = 0

    /// Why a process that was started as a worker is not one.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
        /// The parent that the segments name has ended: it may have been ours until a moment ago.
        package let isOrphaned: Bool

        init(_ description: String, isOrphaned: Bool = false) {
            self.description = description
            self.isOrphaned = isOrphaned
        }
    }

    /// Checks seals, sizes, magic, ABI, nonce and parent, in this order, and only then maps the segments.
    package init(input inputNumber: Int32, result resultNumber: Int32, signal: Int32, worker: Int, nonce: UInt64) throws
    {
        let inputSeals = try? MemoryFile.seals(of: inputNumber)
        let resultSeals = try? MemoryFile.seals(of: resultNumber)
        guard let inputSeals, let resultSeals, inputSeals.fixSize, resultSeals.fixSize else {
            throw Refusal("the descriptors are not sealed segments")
        }
        let inputBytes = try File.size(of: inputNumber)
        let resultBytes = try File.size(of: resultNumber)
        guard inputBytes >= SegmentLayout.headerBytes else { throw Refusal("the input segment is too short") }

        input = try Mapping(inputNumber, bytes: inputBytes, writable: false)
        // Sound: the header fits into the mapping, and the seals keep the file from shrinking under it.
        let header = unsafe input.base.load(as: procession_input_header.self)
        guard header.magic == UInt64(PROCESSION_MAGIC) else { throw Refusal("the input segment is not Procession's") }
        guard header.abi == UInt32(PROCESSION_ABI) else {
            throw Refusal("worker speaks ABI \(PROCESSION_ABI), engine \(header.abi)")
        }
        guard header.nonce == nonce, header.parent == UInt64(WorkerIdentity.parentPid()) else {
            throw Refusal(
                "the segments belong to another process",
                isOrphaned: WorkerIdentity.hasEnded(Int32(truncatingIfNeeded: header.parent)))
        }
        guard try File.owner(of: inputNumber) == WorkerIdentity.user else {
            throw Refusal("the segments belong to another user")
        }
        guard header.input_bytes == UInt64(inputBytes), header.result_bytes == UInt64(resultBytes),
            let layout = SegmentLayout(
                workerCapacity: Int(header.worker_capacity), placeCount: Int(header.place_count),
                inputBytes: inputBytes, resultBytes: resultBytes),
            header.queue_count == UInt32(layout.queueCount), (0..<layout.workerCapacity).contains(worker)
        else { throw Refusal("the segments' sizes do not agree with their header") }
        result = try Mapping(resultNumber, bytes: resultBytes, writable: true)
        // Sound: both are mapped as long as they are ours.
        words = unsafe SegmentWords(input: input.base, result: result.base, layout)
        self.layout = layout
        self.worker = worker
        self.signal = EventCounter(owning: Descriptor(owning: signal))
        unsafe procession_attach(words.workerLine(worker))
        faultPoint("attached")
    }

    /// Keeps all of this as long as the process lives, and from now on the last line that is written to `stderr` for
    /// the parent.
    package func stay() {
        let lastWords = unsafe words.lastWords(of: worker)
        // Sound: these are retained once more, and so the mapping is never undone.
        unsafe procession_keep_words(lastWords.baseAddress, lastWords.count)
        _ = unsafe Unmanaged.passRetained(self)
        unsafe _WorkerInput.kept = inputReader.slots
    }

    /// What this worker has said so far is no answer to what fails from now on.
    package func forgetWords() { procession_forget_words() }

    /// What is to be known of a run of which this worker has claimed a chunk.
    package func descriptor(of run: RunTag) -> RunDescriptor {
        RunDescriptor(at: run.descriptor, in: inputReader.slots)
    }

    /// When the worker leaves; nil for never before it is told to.
    package var term: WorkerTerm? {
        let header = unsafe words.header.pointee
        guard header.term > 0 else { return nil }
        return WorkerTerm(records: Int(header.term), chunkSize: Int(header.longest_chunk))
    }

    package var inputReader: SegmentReader<_InputSegment> {
        unsafe SegmentReader(base: UnsafeRawPointer(input.base), limit: layout.inputBytes)
    }

    /// Claims the next open chunk, sleeping until there is one. Nil when the pool is shutting down.
    package func claim() -> _ClaimedChunk? {
        var cores: CoreSet?
        while true {
            let opened = unsafe procession_load_opened(words.header)
            if procession_must_stop(opened) != 0 {
                faultPoint("dismissed")
                return nil
            }
            if let chunk = claimNow(opened: procession_opened_count(opened)) { return chunk }
            if changesSoon(opened) { continue }
            // The parent may choose where we wake, by leaving us that core alone; awake, we take all others back.
            if cores == nil { cores = try? CoreSet(of: 0) }
            unsafe procession_fall_asleep(words.workerLine(worker))
            faultPoint("asleep")
            // The second look: the parent announces first and looks for sleepers afterwards.
            if unsafe procession_load_opened(words.header) == opened {
                unsafe _ = Futex.wait(words.futexWord, expecting: UInt32(truncatingIfNeeded: opened), timeout: nil)
            }
            faultPoint("awake")
            unsafe procession_wake_up(words.workerLine(worker))
            try? cores?.assign(to: 0)
        }
    }

    /// Looks for the next run a little while before the sleep, from which to be woken takes far longer than to see it.
    ///
    /// Between runs only, and one worker at a time: a core that is idle then would be missed within a run.
    private func changesSoon(_ opened: UInt64) -> Bool {
        let spin = Duration.nanoseconds(Int64(clamping: unsafe words.header.pointee.spin))
        guard spin > .zero, isSupplied, unsafe procession_take_seat(words.resultHeader, UInt64(worker)) != 0 else {
            return false
        }
        defer { unsafe procession_free_seat(words.resultHeader, UInt64(worker)) }
        return Spin.until(within: spin) { unsafe procession_load_opened(words.header) != opened }
    }

    /// Whether the parent has opened all chunks of the run, so that none will come unless a worker dies.
    package var isSupplied: Bool { unsafe procession_is_supplied(words.header) != 0 }

    /// A worker's part of the places: who holds more keeps others from what they could do.
    package var placeShare: Int { max(1, layout.placeCount / layout.workerCapacity) }

    /// A worker's part of the chunks opened so far, and no more than of the places.
    package var share: Int {
        let opened = procession_opened_count(unsafe procession_load_opened(words.header))
        return min(Int(clamping: opened) / layout.workerCapacity + 1, placeShare)
    }

    /// Claims the next open chunk, if there is one.
    package func claimNow() -> _ClaimedChunk? {
        claimNow(opened: procession_opened_count(unsafe procession_load_opened(words.header)))
    }

    /// Claims an open chunk, most likely the oldest, or says that there was none when `opened` was read.
    private func claimNow(opened: UInt64) -> _ClaimedChunk? {
        // What lies further back in the queue was overwritten. A worker that fell behind, or believed a late hint,
        // would take newer chunks from there before older ones, until those were overwritten too.
        let oldest = opened - min(opened, UInt64(layout.queueCount))
        next = min(max(next, oldest, unsafe procession_load_hint(words.resultHeader)), opened)
        while next < opened {
            let place = Int(unsafe procession_queued_place(words.header, words.queue, next))
            next += 1
            if let chunk = claim(place: place) { return chunk }
        }
        // The hint is anybody's word, and the queue forgets. Only the owner words are the truth: a worker looks at all
        // of them before it sleeps, so that no open chunk is passed over for good.
        for place in 0..<layout.placeCount {
            if let chunk = claim(place: place) { return chunk }
        }
        return nil
    }

    /// Whether any chunk is open.
    package var hasOpen: Bool {
        (0..<layout.placeCount).contains { unsafe procession_is_open(words.line(of: $0)) != 0 }
    }

    private func claim(place: Int) -> _ClaimedChunk? {
        guard place < layout.placeCount else { return nil }
        let line = unsafe words.line(of: place)
        let generation = unsafe procession_claim(line, UInt64(worker))
        guard generation != 0 else { return nil }
        faultPoint("claimed")
        unsafe procession_store_hint(words.resultHeader, next)
        // Sound: claimed, so the descriptor is published and stays as it is until we leave.
        return unsafe _ClaimedChunk(
            words.descriptor(of: place),
            output: _SlotWriter(base: result.base, limit: layout.resultBytes, overflow: 0..<0), of: self,
            header: words.header, line: line, generation: generation)
    }

    /// Tells the parent, which sleeps, that a chunk was left.
    package func signalParent() { signal.signal() }
}
