public import CProcessionBytes

/// Copies the bytes of a part of a text up to the first that is not ASCII, those among the 26 letters from `first` on
/// in the other case, and returns how many these are.
///
/// It ends early where sixteen bytes more do not lie in the text, or do not fit into the target. Behind the bytes that
/// count, others may have been written.
@inlinable @inline(__always)
package func copyASCII(
    of text: Span<UInt8>, _ part: Range<Int>, changing first: UInt8, to target: inout MutableSpan<UInt8>
) -> Int {
    precondition(part.lowerBound >= 0, "a copy cannot begin before the bytes")
    // Safe: both spans are borrowed for the call, and sixteen bytes are loaded and stored only where there are sixteen.
    return unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe text.withUnsafeBufferPointer { text in
            var (from, to) = (part.lowerBound, 0)
            while from < part.upperBound, text.count &- from >= 16, target.count &- to >= 16 {
                let others = unsafe procession_copy_in_case(text.baseAddress! + from, target.baseAddress! + to, first)
                let count = (others | 1 << 16).trailingZeroBitCount
                let rest = part.upperBound &- from
                guard count == 16, rest > 16 else { return to &+ min(count, rest) }
                (from, to) = (from &+ 16, to &+ 16)
            }
            return to
        }
    }
}
