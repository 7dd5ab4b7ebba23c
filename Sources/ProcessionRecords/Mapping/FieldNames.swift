import ProcessionSegment

extension RecordFormat {
    /// The names of the fields in the first bytes of a file, in order: those of its header row, or of its first object.
    /// None where they cannot be read.
    package func fieldNames(inBeginning bytes: [UInt8]) -> [FieldName] {
        guard self != .lines else { return [] }
        var splitter = RecordSplitter(format: self)
        // A header row ends what has only that.
        let cut =
            (try? splitter.cut(bytes.span, limit: 1, atEnd: false))
            ?? RecordSplitter.Cut(records: 0..<0, count: 0, consumed: 0, isEnd: false)
        if isTable { return RowScanner.names(inHeader: splitter.header ?? [], format: self) }
        guard cut.count == 1 else { return [] }
        // Safe from what is malformed: the splitter has checked the record.
        let record = bytes[cut.records]
        return Self.members(Array(record).span, isMember: self == .json)
    }

    /// The members of an object; of a member of the one object, those of its value.
    private static func members(_ bytes: Span<UInt8>, isMember: Bool) -> [FieldName] {
        var start = afterJSONSpace(bytes, from: 0)
        if isMember {
            start = JSONMember(bytes, from: RecordReader.startOfMember(bytes, from: 0)).value.lowerBound
        }
        guard bytes[start] == UInt8(ascii: "{") else { return [] }
        var names: [FieldName] = []
        var next = JSONMember.first(bytes, ofObjectAt: start)
        while let member = next {
            if let name = member.text(bytes) { names.append(FieldName(name)) }
            next = member.next(bytes)
        }
        return names
    }
}
