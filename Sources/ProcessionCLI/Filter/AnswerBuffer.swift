import ProcessionCommandSystem
import ProcessionSystem

/// What was received from a filter and not taken yet.
struct AnswerBuffer {
    private var bytes = [UInt8](repeating: 0, count: 256 << 10)
    private var range = 0..<0

    var isEmpty: Bool { range.isEmpty }

    /// Receives what there is. 0 is the end, nil means nothing yet.
    mutating func receive(from filter: Filter) throws(SystemError) -> Int? {
        makeRoom()
        guard let count = try filter.receive(into: &bytes, from: range.upperBound) else { return nil }
        range = range.lowerBound..<range.upperBound + count
        return count
    }

    /// Runs `body` over what was received, and drops as many bytes from its front as that says.
    mutating func take(_ body: (Span<UInt8>) -> Int) {
        let taken = body(bytes.span.extracting(range))
        range = range.lowerBound + taken..<range.upperBound
        if range.isEmpty { range = 0..<0 }
    }

    /// Ends a last line that has no newline.
    mutating func endLine() {
        makeRoom()
        bytes[range.upperBound] = UInt8(ascii: "\n")
        range = range.lowerBound..<range.upperBound + 1
    }

    mutating func clear() { range = 0..<0 }

    /// Moves what was received to the front; doubles the buffer for a line that fills it.
    private mutating func makeRoom() {
        guard range.upperBound == bytes.count else { return }
        if range.lowerBound == 0 {
            bytes += Array(repeating: 0, count: bytes.count)
        } else {
            bytes.replaceSubrange(0..<range.count, with: Array(bytes[range]))
            range = 0..<range.count
        }
    }
}
