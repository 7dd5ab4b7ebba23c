import ProcessionBytes

/// Writes a record as a line that a filter is sent, where that is not the record as it was written: an object, or texts
/// with tabs between them.
struct RecordSender {
    private let format: RecordFormat
    /// What stands before each field of a row in an object: the brace or comma, the name and the colon.
    private let beforeField: [[UInt8]]
    private var text: [UInt8] = []

    init(plan: RecordPlan) {
        format = plan.input
        let names = plan.isFilter && plan.sent == .json ? plan.fieldNames : []
        beforeField = names.enumerated().map { place, name in
            Array((place == 0 ? "{" : ",").utf8) + name.json + Array(":".utf8)
        }
    }

    /// Appends an object: of a row its fields by their names, else the record, or its key and value.
    mutating func appendObject(
        _ reader: inout RecordReader, _ maker: inout ValueMaker, _ bytes: Span<UInt8>, index: UInt64,
        to line: inout [UInt8]
    ) throws(ValueFailure) {
        let record = bytes.extracting(reader.whole)
        switch format {
        case .ndjson: return line.append(record)
        case .csv, .tsv:
            for place in reader.fields.indices {
                line += beforeField[place]
                text.removeAll(keepingCapacity: true)
                try maker.appendText(of: reader.fields[place], bytes, to: &text)
                try appendJSONString(text.span, to: &line)
            }
        case .lines:
            line += "{\"key\":\(index + 1),\"value\":".utf8
            try appendJSONString(record, to: &line)
        case .json:
            line += "{\"key\":".utf8
            line.append(bytes.extracting(try reader.key(bytes).range))
            line += ",\"value\":".utf8
            try appendCompact(record, to: &line)
        }
        line.append(UInt8(ascii: "}"))
    }

    /// Appends the texts of a row's fields, of an object's members in their order, or of key and value.
    mutating func appendRow(
        _ reader: inout RecordReader, _ maker: inout ValueMaker, _ bytes: Span<UInt8>, index: UInt64,
        to line: inout [UInt8]
    ) throws(ValueFailure) {
        let start = line.count
        switch format {
        case .csv, .tsv:
            for place in reader.fields.indices {
                try append(reader.fields[place], &maker, bytes, from: start, to: &line)
            }
        case .ndjson:
            let object = afterJSONSpace(bytes, from: reader.whole.lowerBound)
            var next = JSONMember.first(bytes, ofObjectAt: object)
            while let member = next {
                try append(Field(range: member.value, form: .json), &maker, bytes, from: start, to: &line)
                next = member.next(bytes)
            }
        case .lines:
            line += String(index + 1).utf8
            try append(Field(range: reader.whole, form: .plain), &maker, bytes, from: start, to: &line)
        case .json:
            try append(try reader.key(bytes), &maker, bytes, from: start, to: &line)
            try append(Field(range: reader.whole, form: .json), &maker, bytes, from: start, to: &line)
        }
    }

    private mutating func append(
        _ field: Field, _ maker: inout ValueMaker, _ bytes: Span<UInt8>, from start: Int, to line: inout [UInt8]
    ) throws(ValueFailure) {
        if line.count > start { line.append(UInt8(ascii: "\t")) }
        text.removeAll(keepingCapacity: true)
        try maker.appendText(of: field, bytes, to: &text)
        for (byte, name) in [(UInt8(ascii: "\t"), "tab"), (UInt8(ascii: "\n"), "newline")]
        where find(byte, in: text.span, from: 0) < text.count {
            throw ValueFailure("\(shown(text.span)) has a \(name) in it, which tsv cannot hold; --send json can")
        }
        line += text
    }
}
