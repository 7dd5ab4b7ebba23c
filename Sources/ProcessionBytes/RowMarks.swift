public import CProcessionBytes

/// The position of the first byte at or behind `start` that means something in a row, or the end: a quotation mark, an
/// end of a line, the delimiter.
@inlinable
package func findMark(in bytes: Span<UInt8>, from start: Int, delimiter: UInt8) -> Int {
    precondition(start >= 0, "a search cannot begin before the bytes")
    // Safe: the span is borrowed for the call, and sixteen bytes are looked at only where there are sixteen.
    return unsafe bytes.withUnsafeBufferPointer { all in
        var position = start
        while all.count &- position >= 16 {
            let marks = unsafe procession_row_marks(all.baseAddress! + position, delimiter)
            if marks != 0 { return position &+ marks.trailingZeroBitCount }
            position &+= 16
        }
        while position < all.count, unsafe !isMark(all[position], delimiter: delimiter) { position &+= 1 }
        return position
    }
}

@inlinable
package func isMark(_ byte: UInt8, delimiter: UInt8) -> Bool {
    byte == delimiter || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\"")
}
