import ProcessionBytes
import ProcessionSegment

/// Starts commands for a mapper, which knows no processes.
package protocol CommandStarter: AnyObject {
    /// Runs the command of a column to its end.
    ///
    /// - Parameters:
    ///   - column: The column's place in the plan.
    ///   - words: The program's name and its arguments.
    /// - Returns: What it has written to its standard output.
    /// - Throws: Why the record has failed.
    func run(_ column: Int, _ words: CommandWords) throws(ValueFailure) -> [UInt8]
}

/// The words of a command as the kernel takes them: texts that each end in a zero, one behind the other.
package struct CommandWords {
    package private(set) var text: [UInt8] = []
    /// Where each word begins.
    package private(set) var starts: [Int] = []

    fileprivate mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
    }

    fileprivate mutating func begin() { starts.append(text.count) }

    fileprivate mutating func append(_ body: (inout [UInt8]) throws(ValueFailure) -> Void) throws(ValueFailure) {
        let start = text.count
        try body(&text)
        guard find(0, in: text.span, from: start) == text.count else {
            throw ValueFailure(
                "\(shown(text.span.extracting(start...))) has a zero byte in it, which no argument can hold")
        }
    }

    fileprivate mutating func end() { text.append(0) }
}

/// The columns of a plan that commands make, and what they made of the record that was mapped last: a record whose output
/// had no room is mapped once more, and no command is to run twice.
struct CommandColumns {
    private let starter: (any CommandStarter)?
    private let templates: [CommandTemplate?]
    /// By column, where the fields are found that its command is given.
    private let sources: [ArraySlice<RecordReader.Source>]
    private var words = CommandWords()
    private var index = UInt64.max
    private var made: [Result<[UInt8], ValueFailure>?]

    init(_ plan: RecordPlan, _ sources: [ArraySlice<RecordReader.Source>], _ starter: (any CommandStarter)?) {
        self.starter = starter
        self.sources = sources
        templates = plan.columns.map(\.function.command)
        made = templates.map { _ in nil }
    }

    /// What the command of a column makes of the record that was read.
    mutating func value(
        of column: Int, _ bytes: Span<UInt8>, index: UInt64, _ reader: inout RecordReader, _ maker: inout ValueMaker
    ) throws(ValueFailure) -> [UInt8] {
        if self.index != index {
            self.index = index
            for column in made.indices { made[column] = nil }
        }
        if let known = made[column] { return try known.get() }
        guard let starter, let template = templates[column] else { throw ValueFailure("nobody starts commands here") }
        let result: Result<[UInt8], ValueFailure>
        do throws(ValueFailure) {
            try fill(template, sources[column], bytes, index: index, &reader, &maker)
            result = .success(try starter.run(column, words))
        } catch {
            result = .failure(error)
        }
        made[column] = result
        return try result.get()
    }

    private mutating func fill(
        _ template: CommandTemplate, _ sources: ArraySlice<RecordReader.Source>, _ bytes: Span<UInt8>, index: UInt64,
        _ reader: inout RecordReader, _ maker: inout ValueMaker
    ) throws(ValueFailure) {
        words.removeAll()
        for word in template.words {
            words.begin()
            for piece in word {
                try words.append { text throws(ValueFailure) in
                    switch piece {
                    case .text(let written): text += written
                    case .number: text.append(number: index + 1)
                    case .key where reader.hasNoKeys: text.append(number: index + 1)
                    case .key: try maker.appendText(of: try reader.key(bytes), bytes, to: &text)
                    case .field(let place):
                        let field = try reader.field(from: sources[sources.startIndex + place], bytes)
                        try maker.appendText(of: field, bytes, to: &text)
                    }
                }
            }
            words.end()
        }
    }
}
