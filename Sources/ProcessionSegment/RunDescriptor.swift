import CProcessionShims

/// What workers read of a run beside its records. It lies in memory of the run's, in the input segment.
package struct RunDescriptor: Hashable, Sendable {
    /// Where the mangled name of the function's type lies, the function itself, and bytes that all workers share.
    package let function, state, context: Range<_InputOffset>
    /// Its records are single calls, whose positions say nothing.
    package let isOfCalls: Bool

    package init(
        function: Range<_InputOffset>, state: Range<_InputOffset>, context: Range<_InputOffset>, isOfCalls: Bool = false
    ) {
        self.function = function
        self.state = state
        self.context = context
        self.isOfCalls = isOfCalls
    }

    /// The bytes it takes. What lies behind it may need a cache line's alignment.
    package static var storedBytes: Int { SegmentLayout.roundUp(MemoryLayout<procession_run>.size, to: 64) }

    /// Stores it where no worker has been told of it.
    package func store(at offset: _InputOffset, by writer: _SlotWriter) {
        let raw = procession_run(
            function_offset: UInt64(function.lowerBound.bytes), function_count: UInt64(function.count),
            state_offset: UInt64(state.lowerBound.bytes), state_count: UInt64(state.count),
            context_offset: UInt64(context.lowerBound.bytes), context_count: UInt64(context.count),
            of_calls: isOfCalls ? 1 : 0)
        writer.store(raw, at: offset.bytes)
    }

    /// As it lies there.
    init(at offset: _InputOffset, in input: _SlotReader) {
        func part(_ offset: UInt64, _ count: UInt64) -> Range<_InputOffset> {
            Range(Int(offset)..<Int(offset + count))
        }
        let raw = input.load(at: offset.bytes, as: procession_run.self)
        self.init(
            function: part(raw.function_offset, raw.function_count), state: part(raw.state_offset, raw.state_count),
            context: part(raw.context_offset, raw.context_count), isOfCalls: raw.of_calls != 0)
    }
}

/// Which run a chunk is of, and where its `RunDescriptor` lies.
package struct RunTag: Hashable, Sendable {
    /// No other run of the pool has it.
    package let number: Int
    package let descriptor: _InputOffset

    package init(number: Int, descriptor: _InputOffset) {
        self.number = number
        self.descriptor = descriptor
    }
}
