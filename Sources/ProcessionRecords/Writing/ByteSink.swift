import ProcessionSegment

/// Where made bytes go: a record's output, or a buffer whose text is encoded once more.
protocol ByteSink {
    mutating func append(_ byte: UInt8)
    mutating func append(_ bytes: Span<UInt8>)
}

extension ByteSink {
    /// Appends the UTF-8 of a text.
    mutating func append(text: String) {
        append(text.utf8.span)
    }
}

extension ByteWriter: ByteSink {}

extension [UInt8]: ByteSink {
    mutating func append(_ bytes: Span<UInt8>) {
        for position in bytes.indices { append(bytes[position]) }
    }
}
