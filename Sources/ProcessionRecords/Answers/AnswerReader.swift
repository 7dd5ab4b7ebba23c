import ProcessionBytes
import ProcessionSegment

/// Finds the values of columns in a filter's answer, a line with its newline, and writes them as the output has them.
struct AnswerReader {
    private let columns: [AnswerColumn]
    private let names: [FieldName]
    private let form: Answers.Form
    /// Where each column's value lies in the answer; of an object's member, its JSON.
    private var fields: [Range<Int>?]
    /// The answer that was read last.
    private var answer: [UInt8] = []
    private var lines = ObjectLineChecker()
    private var checker = JSONChecker()

    init(_ answers: Answers) {
        (columns, form) = (answers.columns, answers.form)
        names = columns.map(\.name)
        fields = Array(repeating: nil, count: columns.count)
    }

    /// Keeps an answer and finds the field of each column. Fails where there are fewer or more, or a member is missing.
    mutating func read(_ answer: Span<UInt8>) throws(ValueFailure) {
        self.answer.removeAll(keepingCapacity: true)
        self.answer.append(copying: answer)
        switch form {
        case .tsv: try readFields(answer)
        case .json: try readMembers(answer)
        }
    }

    private mutating func readFields(_ answer: Span<UInt8>) throws(ValueFailure) {
        let end = answer.count - 1
        var (start, count) = (0, 0)
        while true {
            let tab = min(find(UInt8(ascii: "\t"), in: answer, from: start), end)
            if count < columns.count { fields[count] = start..<tab }
            count += 1
            if tab == end { break }
            start = tab + 1
        }
        guard count != columns.count else { return }
        let sentence =
            "the answer \(Self.shown(answer)) has \(count) field\(count == 1 ? "" : "s"), not \(columns.count)"
        throw failure(of: min(count, columns.count - 1), sentence)
    }

    /// Of several members with one name the last one counts.
    private mutating func readMembers(_ answer: Span<UInt8>) throws(ValueFailure) {
        guard lines.accepts(answer) else { throw failure(of: 0, "the answer \(Self.shown(answer)) is no JSON object") }
        for column in columns.indices { fields[column] = nil }
        var next = JSONMember.first(answer, ofObjectAt: afterJSONSpace(answer, from: 0))
        while let member = next {
            for (column, name) in names.enumerated() where member.isNamed(name.bytes.span, answer) {
                fields[column] = member.value
            }
            next = member.next(answer)
        }
        guard let column = fields.firstIndex(of: nil) else { return }
        throw failure(of: column, "the answer \(Self.shown(answer)) has no member of this name")
    }

    /// Appends the value that a column has in the answer. Fails where it is not of the column's type, or the output
    /// cannot hold it.
    mutating func append(
        _ column: Int, by maker: inout ValueMaker, to output: inout ByteWriter
    ) throws(ValueFailure) {
        let answer = answer
        do throws(ValueFailure) {
            try append(columns[column].kind, fields[column]!, of: answer.span, by: &maker, to: &output)
        } catch {
            throw failure(of: column, error.message)
        }
    }

    private mutating func append(
        _ kind: AnswerColumn.Kind, _ field: Range<Int>, of answer: Span<UInt8>, by maker: inout ValueMaker,
        to output: inout ByteWriter
    ) throws(ValueFailure) {
        let value = answer.extracting(field)
        // A member is known to be JSON, and its first byte tells of what type.
        let first = form == .json ? value[0] : 0
        switch kind {
        case .text where form == .tsv:
            return try maker.append(.identity, of: Field(range: field, form: .plain), answer, to: &output)
        case .text where first == UInt8(ascii: "\""):
            return try maker.append(textOf: Field(range: field, form: .json), answer, to: &output)
        case .number where form == .json ? isNumberStart(first) : NumberText(value) != nil,
            .bool where Self.isBool(value):
            return output.append(value)
        case .json:
            guard let json = form == .json ? field : findValue(in: field, of: answer) else { break }
            return try maker.append(.identity, of: Field(range: json, form: .json), answer, to: &output)
        default: break
        }
        throw ValueFailure("\(Self.shown(value)) is \(kind.complement), in the answer \(Self.shown(answer))")
    }

    /// Where the JSON value lies that fills a field; nil where none does.
    private mutating func findValue(in field: Range<Int>, of answer: Span<UInt8>) -> Range<Int>? {
        // With what ends the field, by which a number is seen to end.
        let bytes = answer.extracting(field.lowerBound..<field.upperBound + 1)
        let start = afterJSONSpace(bytes, from: 0)
        guard start < bytes.count, let end = try? checker.value(bytes, from: start),
            afterJSONSpace(bytes, from: end) == bytes.count
        else { return nil }
        return field.lowerBound + start..<field.lowerBound + end
    }

    private static func isBool(_ value: Span<UInt8>) -> Bool {
        let word = value.count == 4 ? "true" : "false"
        return value.count == word.utf8.count && holds(word.utf8.span, in: value, at: 0)
    }

    private func failure(of column: Int, _ message: String) -> ValueFailure {
        ValueFailure("column \(names[column]): \(message)")
    }

    /// An answer, or a value of one, without the newline at its end.
    private static func shown(_ bytes: Span<UInt8>) -> String {
        let isEnded = bytes.count > 0 && bytes[bytes.count - 1] == UInt8(ascii: "\n")
        return ProcessionRecords.shown(bytes.extracting(first: bytes.count - (isEnded ? 1 : 0)))
    }
}

extension AnswerColumn.Kind {
    /// What a value is not that is of another type.
    fileprivate var complement: String {
        switch self {
        case .text: "no JSON string"
        case .number: "no number"
        case .bool: "neither true nor false"
        case .json: "no JSON value"
        }
    }
}
