import ProcessionBytes
import ProcessionSegment

/// Makes a column's value of a field's value and writes it as the output format has it.
struct ValueMaker {
    private let style: TextStyle
    /// A field's text, where it does not lie in the input's bytes as it is.
    private var text: [UInt8] = []
    /// What a function made of it, before it is written as the format demands.
    private var made: [UInt8] = []

    init(plan: RecordPlan) {
        style = TextStyle(plan: plan)
    }

    /// Appends the column's value.
    mutating func append(
        _ work: ColumnFunction.Work, of field: Field, _ bytes: Span<UInt8>, to output: inout ByteWriter
    ) throws(ValueFailure) {
        switch work {
        case .upper: if append(field, of: bytes, in: .upper, to: &output) { return }
        case .lower: if append(field, of: bytes, in: .lower, to: &output) { return }
        default: if field.form == .json, try appendJSON(work, of: bytes.extracting(field.range), to: &output) { return }
        }
        if let range = try findText(of: field, bytes, forIdentity: work == .identity) {
            // Of JSON, what is no text is a number if it begins as one.
            let isNumber = field.form == .json && isNumberStart(bytes[field.range.lowerBound])
            try Self.append(work, of: bytes.extracting(range), isNumber: isNumber, style, made: &made, to: &output)
        } else {
            let text = text
            try Self.append(work, of: text.span, isNumber: false, style, made: &made, to: &output)
        }
    }

    /// Appends the record's key: as it is where the output knows numbers from texts, else its text.
    mutating func appendKey(
        of field: Field, _ bytes: Span<UInt8>, to output: inout ByteWriter
    ) throws(ValueFailure) {
        guard field.form == .json, style.format == .json else {
            return try append(.identity, of: field, bytes, to: &output)
        }
        let key = bytes.extracting(field.range)
        switch key[0] {
        case UInt8(ascii: "\""): output.append(key)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try style.append(key, to: &output)
        default: throw ValueFailure("the key \(clipped(key)) is neither a text nor a number, so it names no member")
        }
    }

    /// Appends the number that is a line's key.
    @inline(never)
    func appendKey(number: UInt64, to output: inout ByteWriter) {
        if style.format == .json { output.append(UInt8(ascii: "\"")) }
        output.append(number: number)
        if style.format == .json { output.append(UInt8(ascii: "\"")) }
    }

    /// Where a field's text lies, if it lies in the input's bytes as it is.
    mutating func textRange(of field: Field, _ bytes: Span<UInt8>) throws(ValueFailure) -> Range<Int>? {
        field.form == .plain ? field.range : try findText(of: field, bytes, forIdentity: false)
    }

    /// Appends the text of a field of an answer, however it spells that.
    mutating func append(
        textOf field: Field, _ bytes: Span<UInt8>, to output: inout ByteWriter
    ) throws(ValueFailure) {
        if let range = try findText(of: field, bytes, forIdentity: false) {
            try style.append(bytes.extracting(range), to: &output)
        } else {
            try style.append(text.span, to: &output)
        }
    }

    /// Appends a field's text as it is.
    mutating func appendText(
        of field: Field, _ bytes: Span<UInt8>, to output: inout [UInt8]
    ) throws(ValueFailure) {
        if let range = try findText(of: field, bytes, forIdentity: false) {
            output.append(bytes.extracting(range))
        } else {
            output.append(text.span)
        }
    }

    /// The beginning of a field's text, for an error message.
    mutating func shownText(of field: Field, _ bytes: Span<UInt8>) throws(ValueFailure) -> String {
        var text: [UInt8] = []
        try appendText(of: field, bytes, to: &text)
        return clipped(text.span)
    }

    /// Appends what can be made of a JSON value without going by its text; false if there is no such way.
    private mutating func appendJSON(
        _ work: ColumnFunction.Work, of json: Span<UInt8>, to output: inout ByteWriter
    ) throws(ValueFailure) -> Bool {
        let isContainer = json[0] == UInt8(ascii: "{") || json[0] == UInt8(ascii: "[")
        switch work {
        case .identity where style.format.isJSON:
            try appendCompact(json, to: &output)
        case .string where style.format.isJSON && json[0] == UInt8(ascii: "\""):
            output.append(json)
        case .multiply(let factor) where isContainer && style.format.isJSON:
            try appendCompact(json, times: factor, to: &output)
        case .multiply(let factor) where isContainer:
            made.removeAll(keepingCapacity: true)
            try appendCompact(json, times: factor, to: &made)
            try style.append(made.span, to: &output)
        default:
            return false
        }
        return true
    }

    /// Appends a field in another case straight from where it lies, which changes no mark: quotation marks stay where
    /// they are needed, and doubled. False where it must be looked at in another way.
    @inline(never)
    private func append(
        _ field: Field, of bytes: Span<UInt8>, in mapper: CaseMapper, to output: inout ByteWriter
    ) -> Bool {
        var inside = field.range
        let isQuoted: Bool
        if field.form == .json {
            guard style.format.isJSON, bytes[inside.lowerBound] == UInt8(ascii: "\"") else { return false }
            inside = inside.lowerBound + 1..<inside.upperBound - 1
            let text = bytes.extracting(inside)
            guard find(UInt8(ascii: "\\"), in: text, from: 0) == text.count else { return false }
            isQuoted = true
        } else {
            guard style.keepsPlainText, field.form == .plain || style.format == .csv else { return false }
            isQuoted =
                style.format == .csv
                && (field.form == .doubled || field.form == .quoted && style.needsQuotes(bytes.extracting(inside)))
        }
        if isQuoted { output.append(UInt8(ascii: "\"")) }
        mapper.append(bytes, inside, to: &output)
        if isQuoted { output.append(UInt8(ascii: "\"")) }
        return true
    }

    /// Finds the text of a field: where it lies in `bytes`, or if `nil` in `text`.
    private mutating func findText(
        of field: Field, _ bytes: Span<UInt8>, forIdentity isIdentity: Bool
    ) throws(ValueFailure) -> Range<Int>? {
        let (start, end) = (field.range.lowerBound, field.range.upperBound)
        switch field.form {
        case .plain, .quoted:
            return field.range
        case .doubled:
            text.removeAll(keepingCapacity: true)
            appendUndoubled(bytes.extracting(field.range), to: &text)
            return nil
        case .json:
            switch bytes[start] {
            case UInt8(ascii: "\""):
                let inside = start + 1..<end - 1
                let json = bytes.extracting(inside)
                if find(UInt8(ascii: "\\"), in: json, from: 0) == json.count { return inside }
                text.removeAll(keepingCapacity: true)
                guard appendUnescaped(json, to: &text) else {
                    throw ValueFailure("\(shown(json)) has half of a surrogate pair in it, which no text can hold")
                }
                return nil
            case UInt8(ascii: "n") where isIdentity:
                // A format without `null` shows it as an empty value.
                return start..<start
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                text.removeAll(keepingCapacity: true)
                try appendCompact(bytes.extracting(field.range), to: &text)
                return nil
            default:
                return field.range
            }
        }
    }

    private static func append(
        _ work: ColumnFunction.Work, of text: Span<UInt8>, isNumber: Bool, _ style: TextStyle, made: inout [UInt8],
        to output: inout ByteWriter
    ) throws(ValueFailure) {
        switch work {
        case .identity, .string:
            try style.append(text, to: &output)
        case .length:
            appendLength(of: text, to: &output)
        case .multiply(let factor):
            try factor.appendProduct(with: text, isNumber: isNumber, to: &output)
        case .upper: try append(text, in: .upper, style, made: &made, to: &output)
        case .lower: try append(text, in: .lower, style, made: &made, to: &output)
        }
    }

    // Apart, or the registers that it takes are saved for every function.
    @inline(never)
    private static func appendLength(of text: Span<UInt8>, to output: inout ByteWriter) {
        output.append(number: UInt64(scalarCount(text)))
    }

    private static func append(
        _ text: Span<UInt8>, in mapper: CaseMapper, _ style: TextStyle, made: inout [UInt8], to output: inout ByteWriter
    ) throws(ValueFailure) {
        made.removeAll(keepingCapacity: true)
        mapper.append(text, to: &made)
        try style.append(made.span, to: &output)
    }
}
