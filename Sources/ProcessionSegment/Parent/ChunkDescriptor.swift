import CProcessionShims

/// What a worker is told about a chunk: which items, and where their input and their results lie.
///
/// Items count from 0 within the chunk's input; item `i` is record `first + i` of the run. A chunk that was given back
/// or whose worker died goes out again as one that begins later in the same input.
package struct ChunkDescriptor: Hashable, Sendable {
    package var run: RunTag
    package var first: Int
    package var begin, end: Int
    /// The key slot of item 0; nil when the keys are the record indices. The word in memory is 0 then, where no slot
    /// lies.
    package var keyOffset: _InputOffset?
    /// The value slot of item 0 with 0 bytes, or the text of all items.
    package var input: Range<_InputOffset>
    /// The slot of item 0.
    package var slotOffset: _ResultOffset
    /// Bytes for what has no fixed size.
    package var overflow: Range<_ResultOffset>

    package init(
        run: RunTag, first: Int, items: Range<Int>, keyOffset: _InputOffset?, input: Range<_InputOffset>,
        slotOffset: _ResultOffset, overflow: Range<_ResultOffset>
    ) {
        self.run = run
        self.first = first
        self.begin = items.lowerBound
        self.end = items.upperBound
        self.keyOffset = keyOffset
        self.input = input
        self.slotOffset = slotOffset
        self.overflow = overflow
    }

    /// Writes the descriptor where workers read it. The caller owns the memory, which nobody reads until the place
    /// opens.
    @unsafe
    func store(to address: UnsafeMutableRawPointer, sequence: Int) {
        var raw = procession_chunk()
        raw.sequence = UInt64(sequence)
        raw.run = UInt64(run.number)
        raw.run_offset = UInt64(run.descriptor.bytes)
        raw.first = UInt64(first)
        raw.begin = UInt64(begin)
        raw.end = UInt64(end)
        raw.key_offset = UInt64(keyOffset?.bytes ?? 0)
        raw.input_offset = UInt64(input.lowerBound.bytes)
        raw.input_count = UInt64(input.count)
        raw.slot_offset = UInt64(slotOffset.bytes)
        raw.overflow_offset = UInt64(overflow.lowerBound.bytes)
        raw.overflow_count = UInt64(overflow.count)
        // The answer behind these words is not ours: a worker may wait for its next change.
        unsafe withUnsafeBytes(of: raw) { bytes in
            unsafe address.copyMemory(from: bytes.baseAddress!, byteCount: Self.storedBytes)
        }
    }

    private static var storedBytes: Int { MemoryLayout<procession_chunk>.offset(of: \.answer)! }

    /// Reads a descriptor that the parent has published and will not change while the place is claimed.
    @unsafe
    init(from address: UnsafePointer<procession_chunk>) {
        // Not the answer behind these words, which the parent may write at any time.
        var raw = procession_chunk()
        unsafe withUnsafeMutableBytes(of: &raw) { bytes in
            unsafe bytes.baseAddress!.copyMemory(from: address, byteCount: Self.storedBytes)
        }
        self.init(
            run: RunTag(number: Int(raw.run), descriptor: _Offset(bytes: Int(raw.run_offset))), first: Int(raw.first),
            items: Int(raw.begin)..<Int(raw.end),
            keyOffset: raw.key_offset == 0 ? nil : _Offset(bytes: Int(raw.key_offset)),
            input: Range(Int(raw.input_offset)..<Int(raw.input_offset + raw.input_count)),
            slotOffset: _Offset(bytes: Int(raw.slot_offset)),
            overflow: Range(Int(raw.overflow_offset)..<Int(raw.overflow_offset + raw.overflow_count)))
    }
}
