import ProcessionRecords
import Testing

/// How far a run has read and written.
@Suite struct FileOffsetTests {
    @Test(arguments: [(0, 0), (0, 7), (1 << 40, 1), (0, Int.max)])
    func anOffsetMovesByBytes(_ start: Int, _ count: Int) {
        let begin = InputFileOffset(bytes: start)
        var end = begin
        end += count
        #expect(end == begin + count && end.bytes == start + count && (begin < end) == (count > 0))
    }

    @Test func anErrorNamesTheByte() {
        let error = RecordSyntaxError(message: "bad", line: 2, offset: FileOffset(bytes: 17))
        #expect(error.description == "line 2, byte 17: bad")
    }

    /// Each byte that was cut off moves the border by one, wherever the input is divided.
    @Test(arguments: 1...7) func theBorderStandsBehindWhatWasCut(step: Int) throws {
        let text = Array("a\nbc\n\ndef\n".utf8)
        var splitter = RecordSplitter(format: .lines)
        var (start, end) = (0, 0)
        while start < text.count {
            end = min(end + step, text.count)
            let cut = try splitter.cut(text.span.extracting(start..<end), limit: .max, atEnd: end == text.count)
            #expect(cut.offset.bytes == start + cut.records.lowerBound)
            start += cut.consumed
            #expect(splitter.border.offset.bytes == start)
        }
    }
}
