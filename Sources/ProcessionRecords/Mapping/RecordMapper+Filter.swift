import ProcessionBytes
package import ProcessionSegment

/// Records as an external filter is to read them, and those that it has not answered.
extension RecordMapper {
    /// Appends what an external filter is to read of the record, without a newline, and moves `position` behind it. The
    /// plan says what that is (`SentForm`). It fails when there is a newline inside, because the filter would see two
    /// records.
    package mutating func line(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, into line: inout [UInt8]
    ) throws(ValueFailure) {
        if let failure = read(bytes, at: &position) { throw failure }
        let start = line.count
        switch plan.sent {
        case .record where plan.input == .json: try appendCompact(bytes.extracting(reader.whole), to: &line)
        case .record: line.append(bytes.extracting(reader.whole))
        case .value: try maker.appendText(of: try reader.field(from: reader.sources.last!, bytes), bytes, to: &line)
        case .json: try sender.appendObject(&reader, &maker, bytes, index: index, to: &line)
        case .tsv: try sender.appendRow(&reader, &maker, bytes, index: index, to: &line)
        }
        guard find(UInt8(ascii: "\n"), in: line.span, from: start) == line.count else {
            line.removeLast(line.count - start)
            throw ValueFailure("the record has a newline in it, so it cannot be handed over as one line")
        }
    }

    /// Whether these lines can go to the filter as they are.
    package mutating func canSend(_ lines: Span<UInt8>) -> Bool {
        switch plan.input {
        case .lines, .json: return true
        case .ndjson: return lineChecker.accepts(lines)
        case .csv, .tsv:
            var position = 0
            while position < lines.count {
                guard reader.read(lines, at: &position) else { return false }
            }
            return true
        }
    }

    /// Maps a record that a filter has answered, with a newline at the answer's end. See `map`.
    package mutating func map(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, answer: Span<UInt8>, into output: inout ByteWriter,
        ends: inout [Int]
    ) -> ValueFailure? {
        var columnEnds = ends.mutableSpan
        return map(
            bytes, at: &position, index: index, answer: answer, into: &output, columnEnds: &columnEnds)
    }

    /// Appends the output of a record that has no answer, and never will, of whatever chunk it is.
    package mutating func mapUnanswered(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, into output: inout ByteWriter, ends: inout [Int]
    ) {
        var columnEnds = ends.mutableSpan
        for text in columnEnds.indices { columnEnds[text] = output.wanted }
        guard plan.emptyWhenFailed else { return skip(bytes, at: &position) }
        // It may be what it was not sent for. What was checked before may be a part of another chunk.
        checked = 0
        let end = plan.input == .ndjson ? RecordReader.afterLine(bytes, from: position) : bytes.count
        mapEmpty(
            bytes.extracting(first: end), at: &position, index: index, into: &output, columnEnds: &columnEnds)
    }
}

// What the parent looks into (`firstMalformed`).
extension ValueFailure {
    static let noObject = ValueFailure("the record is no JSON object")
    static let noRow = ValueFailure("the record is no row of as many fields as the header has")
}
