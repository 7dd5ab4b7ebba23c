import CProcessionShims

/// What workers are told of the run that is on: the words of the input segment's header of which there is one set.
package struct RunDescriptor: Hashable, Sendable {
    package let number: Int
    /// Where the mangled name of the function's type lies, the function itself, and bytes that all workers share.
    package let function, state, context: Range<_InputOffset>

    package init(
        number: Int, function: Range<_InputOffset>, state: Range<_InputOffset>, context: Range<_InputOffset>
    ) {
        self.number = number
        self.function = function
        self.state = state
        self.context = context
    }

    /// As the header has it.
    init(_ header: procession_input_header) {
        func part(_ offset: UInt64, _ count: UInt64) -> Range<_InputOffset> {
            Range(Int(offset)..<Int(offset + count))
        }
        self.init(
            number: Int(header.run), function: part(header.function_offset, header.function_count),
            state: part(header.state_offset, header.state_count),
            context: part(header.context_offset, header.context_count))
    }

    /// Writes it where workers read it once they have claimed a chunk. No chunk may be open or claimed.
    @unsafe
    func store(to header: UnsafeMutablePointer<procession_input_header>) {
        unsafe header.pointee.run = UInt64(number)
        unsafe header.pointee.function_offset = UInt64(function.lowerBound.bytes)
        unsafe header.pointee.function_count = UInt64(function.count)
        unsafe header.pointee.state_offset = UInt64(state.lowerBound.bytes)
        unsafe header.pointee.state_count = UInt64(state.count)
        unsafe header.pointee.context_offset = UInt64(context.lowerBound.bytes)
        unsafe header.pointee.context_count = UInt64(context.count)
    }
}
