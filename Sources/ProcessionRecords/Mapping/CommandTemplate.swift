import ProcessionBytes

/// A command that is started for every record: words, with places in them where the record's texts go.
///
/// What a record has is never split or looked into: whatever its bytes are, they are a part of one argument.
package struct CommandTemplate: Equatable, Sendable {
    /// A part of a word.
    enum Piece: Equatable, Sendable {
        case text([UInt8])
        /// One of the fields, by its place among them.
        case field(Int)
        case key
        case number
    }

    /// The program, as it is written.
    package let program: [UInt8]
    /// The words, the program's first.
    let words: [[Piece]]
    /// The fields that it is given, each once; nil is the record's value.
    let fields: [FieldName?]

    var takesKey: Bool { words.contains { $0.contains(.key) } }
    var takesNumber: Bool { words.contains { $0.contains(.number) } }

    /// Reads a command as it is written behind `run:`.
    init(parsing command: [UInt8]) throws(PlanError) {
        var fields: [FieldName?] = []
        var words: [[Piece]] = []
        for word in try ShellWords.split(command) {
            words.append(try Self.pieces(of: word, &fields))
        }
        guard let first = words.first else {
            throw PlanError("'run:' names no command; write one behind it, as in 'run:file -b {value}'")
        }
        guard case .text(let program) = first.first ?? .text([]), first.count < 2 else {
            throw PlanError(
                "the command \(shown(command.span)) takes its program from the record, which could be any; name the "
                    + "program, as in 'run:env {program}' where you trust every record")
        }
        guard !program.isEmpty else { throw PlanError("the command \(shown(command.span)) has an empty program") }
        (self.program, self.words, self.fields) = (program, words, fields)
    }

    /// The parts of a word: `{name}` is a place, `{{` and `}}` are braces.
    private static func pieces(of word: [UInt8], _ fields: inout [FieldName?]) throws(PlanError) -> [Piece] {
        let (opening, closing) = (UInt8(ascii: "{"), UInt8(ascii: "}"))
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var position = 0
        while position < word.count {
            let byte = word[position]
            let isDoubled = position + 1 < word.count && word[position + 1] == byte
            guard byte == opening, !isDoubled else {
                text.append(byte)
                position += isDoubled && (byte == opening || byte == closing) ? 2 : 1
                continue
            }
            guard let end = word[position...].firstIndex(of: closing) else {
                throw PlanError(
                    "the word \(shown(word.span)) has a '{' that is not closed; quote a name with blanks in it, as in "
                        + "\"{net price}\", and write '{{' for a brace")
            }
            if !text.isEmpty { pieces.append(.text(text)) }
            text = []
            pieces.append(try place(named: Array(word[position + 1..<end]), &fields))
            position = end + 1
        }
        if !text.isEmpty || pieces.isEmpty { pieces.append(.text(text)) }
        return pieces
    }

    private static func place(named name: [UInt8], _ fields: inout [FieldName?]) throws(PlanError) -> Piece {
        let field: FieldName?
        switch FieldName(name) {
        case "#": return .number
        case "key": return .key
        case "value": field = nil
        case "": throw PlanError("'{}' names no field; write {value} for the record's value, and '{{' for a brace")
        case let named: field = named
        }
        if let place = fields.firstIndex(of: field) { return .field(place) }
        fields.append(field)
        return .field(fields.count - 1)
    }
}

/// Splits a command line into words as a shell does, by blanks, quotation marks and backslashes, and expands nothing.
enum ShellWords {
    static func split(_ line: [UInt8]) throws(PlanError) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var quote: UInt8?
        var position = 0
        while position < line.count {
            let byte = line[position]
            position += 1
            switch byte {
            case quote:
                quote = nil
            case _ where quote == single:
                word?.append(byte)
            case backslash where position < line.count:
                let next = line[position]
                position += 1
                if next == newline { continue }
                // Between double marks a backslash stands for itself, except before these.
                let kept = quote != nil && !escapable.contains(next)
                word = (word ?? []) + (kept ? [backslash, next] : [next])
            case _ where quote != nil:
                word?.append(byte)
            case single, double:
                quote = byte
                word = word ?? []
            case UInt8(ascii: " "), UInt8(ascii: "\t"), newline:
                if let word { words.append(word) }
                word = nil
            case _ where operators.contains(byte):
                throw PlanError(
                    "no shell reads the command \(shown(line.span)), so its '\(Unicode.Scalar(byte))' means nothing; quote "
                        + "it, or ask for a shell, as in \"run:sh -c 'wc -c <\\\"$1\\\"' sh {file}\"")
            default:
                word = (word ?? []) + [byte]
            }
        }
        guard quote == nil else {
            throw PlanError("the command \(shown(line.span)) has a quotation mark that is not closed")
        }
        if let word { words.append(word) }
        return words
    }

    private static let (single, double) = (UInt8(ascii: "'"), UInt8(ascii: "\""))
    private static let (backslash, newline) = (UInt8(ascii: "\\"), UInt8(ascii: "\n"))
    private static let escapable = Array("\"\\$`".utf8)
    private static let operators = Array("|&;<>()".utf8)
}
