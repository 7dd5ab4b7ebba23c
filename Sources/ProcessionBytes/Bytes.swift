extension [UInt8] {
    /// Appends bytes that lie somewhere else.
    @inlinable
    package mutating func append(copying bytes: Span<UInt8>) {
        // Safe: the span is borrowed for the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
