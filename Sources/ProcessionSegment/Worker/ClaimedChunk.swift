public import CProcessionShims
public import ProcessionSystem

/// A chunk in the hands of the worker that claimed it: its input, its slots, and the right to publish them.
///
/// Public because the loop over a chunk is compiled into the user's module; nothing in it is meant to be called by
/// hand. It lives in one function call of the worker's loop.
@safe
public struct _ClaimedChunk {
    /// Record index of item 0, and the items to map: those left, when the chunk was given more room.
    public let first: Int
    public internal(set) var begin: Int
    public let end: Int
    /// The key slot of item 0; nil when the keys are the record indices.
    public let keyOffset: _InputOffset?
    /// The value slot of item 0.
    public let valueOffset: _InputOffset
    /// The result slot of item 0.
    public let slotOffset: _ResultOffset
    /// The function's captured state. The worker's loop sets it.
    public package(set) var stateOffset = _InputOffset(bytes: 0)
    /// Bytes that the run shares with every worker.
    package var context = Range<_InputOffset>.nothing()
    /// Loads at input offsets.
    public let input: _SlotReader
    /// Stores at result offsets.
    public var output: _SlotWriter

    package let run: RunTag
    /// When it was claimed, or given more room.
    package internal(set) var claimedAt = Instant.now
    /// The function leaves the chunk itself, maybe later; or the parent has taken it back.
    package var wasHandedOver = false
    package let inputRange: Range<_InputOffset>
    @usableFromInline package internal(set) var overflow: Range<_ResultOffset>
    @usableFromInline let line: UnsafeMutablePointer<procession_place>
    let header: UnsafePointer<procession_input_header>
    /// What the parent tells of the chunk, and where it answers.
    let descriptor: UnsafePointer<procession_chunk>
    unowned(unsafe) let segments: WorkerSegments
    var generation: UInt64
    private let sequence: UInt64
    /// The newest failure entry, as the place's line wants it.
    var failure: UInt64 = 0

    /// The line is claimed under `generation`; the segments, whose mappings all addresses lie in, outlive the chunk.
    @unsafe
    init(
        _ descriptor: UnsafePointer<procession_chunk>, output: _SlotWriter, of segments: WorkerSegments,
        header: UnsafePointer<procession_input_header>, line: UnsafeMutablePointer<procession_place>, generation: UInt64
    ) {
        let chunk = unsafe ChunkDescriptor(from: descriptor)
        first = chunk.first
        begin = chunk.begin
        end = chunk.end
        keyOffset = chunk.keyOffset
        valueOffset = chunk.input.lowerBound
        slotOffset = chunk.slotOffset
        run = chunk.run
        inputRange = chunk.input
        overflow = chunk.overflow
        input = segments.inputReader.slots
        self.output = output
        self.output.free = Range(chunk.overflow)
        unsafe self.header = header
        unsafe self.line = line
        unsafe self.descriptor = descriptor
        unsafe self.segments = segments
        self.generation = generation
        sequence = unsafe descriptor.pointee.sequence
    }

    /// Runs `body` over the chunk's text and the run's shared bytes, which nobody changes while the chunk is claimed.
    package func withText<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        input.withBytes(Range(inputRange), body)
    }

    /// The bytes that the run shares with every worker.
    package func withContext<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result { try input.withBytes(Range(context), body) }

    /// Overflow bytes taken so far, from the near end.
    @inlinable package var overflowUsed: Int { output.free.lowerBound - overflow.lowerBound.bytes }

    /// Stores a value of fixed size into the results.
    @inlinable
    package func store<Value>(_ value: Value, at offset: _ResultOffset) { output.store(value, at: offset.bytes) }

    /// Publishes the items below `done`. Everything stored for them must be stored before.
    @inlinable
    public func publish(_ done: Int) {
        faultPoint("stored")
        // Sound: the line is claimed by this worker.
        unsafe procession_publish(line, UInt64(truncatingIfNeeded: done))
        faultPoint("published")
    }

    /// Maps and publishes the items, where values and results lie in their slots as they lie in memory.
    ///
    /// The bounds of all slots are checked once, so that what is left per record is a load, `body`, a store and the
    /// publishing. `body` gets the item and its value; an item for which it throws has failed, and `fail` says so. It is
    /// false when the chunk was taken back.
    @inlinable
    public mutating func mapAsIs<Value, Output>(
        failing fail: (inout _ClaimedChunk, Int, any Error) -> Bool, _ body: (Int, Value) throws -> Output
    ) {
        precondition(_isPOD(Value.self) && _isPOD(Output.self))
        let (valueStride, slotStride) = (MemoryLayout<Value>.stride, MemoryLayout<Output>.stride)
        precondition(begin >= 0 && begin <= end && end <= Int.max / max(valueStride, slotStride, 1))
        precondition(input.holds(valueOffset.bytes, end &* valueStride), "values outside of the segment")
        precondition(output.holds(slotOffset.bytes, end &* slotStride), "slots outside of the segment")
        var item = begin
        // Sound: inside the mappings, as just checked, and any bits are a value that was stored as such; a result holds
        // no references, and its slot is this worker's.
        var value = unsafe input.base + (valueOffset.bytes &+ item &* valueStride)
        var slot = unsafe output.base + (slotOffset.bytes &+ item &* slotStride)
        while item < end {
            do {
                let result = try body(item, unsafe value.loadUnaligned(as: Value.self))
                unsafe withUnsafeBytes(of: result) { bytes in
                    // What has no bytes may have no address.
                    if MemoryLayout<Output>.size == 0 { return }
                    unsafe slot.copyMemory(from: bytes.baseAddress!, byteCount: MemoryLayout<Output>.size)
                }
            } catch {
                guard fail(&self, item, error) else { return }
            }
            item &+= 1
            unsafe value += valueStride
            unsafe slot += slotStride
            publish(item)
        }
    }

    /// Records that an item failed, with the reason as people will read it. The item still has to be published.
    public mutating func fail(_ item: Int, _ reason: String) { fail(FailureEntry(item: item, reason: reason)) }

    /// The same with what was thrown.
    mutating func fail(_ entry: FailureEntry) {
        guard let link = output.appendFailure(entry, to: failure, in: overflow) else { return }
        failure = link
        // Sound: the line is claimed by this worker; the parent reads the word after `publish`, `leave` or the reap.
        unsafe procession_store_once(&line.pointee.failure, failure)
        faultPoint("failed")
    }

    /// What was stored so far, so that what is stored later can be taken back while it is not published.
    package struct Mark {
        fileprivate let free: Range<Int>
        fileprivate let failure: UInt64
    }

    package var mark: Mark { Mark(free: output.free, failure: failure) }

    /// Takes back results and failures that were stored since.
    package mutating func rewind(to mark: Mark) {
        output.refill(mark.free)
        failure = mark.failure
        // Sound: the line is claimed by this worker.
        unsafe procession_store_once(&line.pointee.failure, failure)
    }

    /// Says that the item at `done` and those behind it are to be handed out again, to anybody, with as much room as
    /// was asked for.
    @inlinable
    public func giveBack() {
        unsafe procession_store_once(&line.pointee.wanted, UInt64(truncatingIfNeeded: max(output.asked, 1)))
    }

    /// Says that the run cannot go on, and why.
    package mutating func abort(_ item: Int, _ reason: String, because surrender: Surrender) {
        fail(item, reason)
        unsafe line.pointee.wanted = surrender.rawValue
    }

    /// Shows that the claimer lives, while nothing is published: by the word that says at last how long it took.
    package func showLife(_ now: Instant) {
        // Sound: the line is claimed by this worker.
        unsafe procession_store_once(&line.pointee.nanoseconds, now.nanoseconds)
    }

    /// The claimer's last word. Returns whether the parent must be signalled.
    package func leave(after time: Duration) -> Bool {
        faultPoint("leaving")
        unsafe procession_store_once(&line.pointee.nanoseconds, UInt64(time.nanoseconds))
        unsafe procession_store_once(&line.pointee.overflow_used, UInt64(overflowUsed))
        let mustRing = unsafe procession_leave(header, line, generation, sequence) != 0
        faultPoint("left")
        return mustRing
    }
}

/// Why a worker gives up a run: numbers that are no number of bytes, written where it says how many it wants.
package enum Surrender: UInt64 {
    /// The function broke its contract: what was published so far may be wrong.
    case functionBroken = 0xffff_ffff_ffff_ffff
    /// The system refused what the function needs.
    case systemRefused = 0xffff_ffff_ffff_fffe
}
