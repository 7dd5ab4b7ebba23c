import ProcessionBytes

extension RecordSplitter {
    /// Cuts members off the one object of a JSON input.
    mutating func cutMembers(
        _ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut
    ) throws(ScanStop) {
        while true {
            cut.consumed = afterJSONSpace(bytes, from: cut.consumed)
            let position = cut.consumed
            guard position < bytes.count else {
                if place == .end { return }
                throw .needMore
            }
            switch place {
            case .first where bytes[position] == UInt8(ascii: "}"):
                place = .end
                cut.consumed += 1
            case .start, .first, .next:
                guard cut.count < limit else { return }
                let end = try checker.member(bytes, from: position, atEnd: atEnd)
                take(position..<end, into: &cut)
                place = .after
            case .after:
                let isComma = bytes[position] == UInt8(ascii: ",")
                guard isComma || bytes[position] == UInt8(ascii: "}") else {
                    throw .wrong(at: position, "a comma or '}' was expected behind the record")
                }
                place = isComma ? .next : .end
                cut.consumed += 1
            case .end:
                throw .wrong(at: position, "nothing can follow the end of the JSON object")
            }
        }
    }

    /// Cuts lines that are one JSON object each; empty lines may stand at the end only.
    mutating func cutObjects(
        _ bytes: Span<UInt8>, limit: Int, atEnd: Bool, into cut: inout Cut
    ) throws(ScanStop) {
        while cut.count < limit, cut.consumed < bytes.count {
            let start = cut.consumed
            let brace = afterJSONSpace(bytes, from: start + unfinished.blank)
            if brace == bytes.count, atEnd { return cut.consumed = brace }
            let newline = find(UInt8(ascii: "\n"), in: bytes, from: start + unfinished.seen)
            guard brace < bytes.count, newline < bytes.count || atEnd else {
                unfinished = Unfinished(seen: newline - start, blank: brace - start)
                throw .needMore
            }
            unfinished = Unfinished()
            guard brace < newline else { throw .wrong(at: start, "a line is empty before the last record") }
            let line = bytes.extracting(..<newline)
            guard bytes[brace] == UInt8(ascii: "{") else { throw .wrong(at: brace, "a JSON object was expected") }
            var end = brace
            do throws(ScanStop) {
                end = afterJSONSpace(line, from: try checker.value(line, from: brace))
            } catch .needMore where newline < bytes.count {
                throw .wrong(at: newline, "the line ends before its JSON object does")
            }
            guard end == newline else { throw .wrong(at: end, "nothing can follow the JSON object on its line") }
            take(start..<min(newline + 1, bytes.count), into: &cut)
        }
    }

    /// Counts a record and consumes it.
    mutating func take(_ record: Range<Int>, into cut: inout Cut) {
        cut.records = (cut.count == 0 ? record.lowerBound : cut.records.lowerBound)..<record.upperBound
        cut.count += 1
        cut.consumed = record.upperBound
    }
}
