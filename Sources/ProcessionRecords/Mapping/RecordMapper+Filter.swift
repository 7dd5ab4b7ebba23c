import ProcessionBytes

/// Records as an external filter is to read them.
extension RecordMapper {
    /// Appends what an external filter is to read of the record, without a newline, and moves `position` behind it.
    ///
    /// That is the line or row as it was written or, where the plan names a value field, that field; of a JSON member
    /// the compact value. It fails when there is a newline inside, because the filter would see two records.
    package mutating func line(
        _ bytes: Span<UInt8>, at position: inout Int, into line: inout [UInt8]
    ) throws(ValueFailure) {
        if let failure = read(bytes, at: &position) { throw failure }
        let start = line.count
        if plan.input == .json {
            try appendCompact(bytes.extracting(reader.whole), to: &line)
        } else if plan.value == nil {
            line.append(bytes.extracting(reader.whole))
        } else {
            try maker.appendText(of: try reader.field(from: reader.sources[0], bytes), bytes, to: &line)
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
}

// What the parent looks into (`firstMalformed`).
extension ValueFailure {
    static let noObject = ValueFailure("the record is no JSON object")
    static let noRow = ValueFailure("the record is no row of as many fields as the header has")
}
