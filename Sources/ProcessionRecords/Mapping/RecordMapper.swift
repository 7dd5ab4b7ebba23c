package import ProcessionSegment

/// Makes each record's output; one per worker and run, because it keeps its buffers from record to record.
package struct RecordMapper {
    let plan: RecordPlan
    private let frame: RecordFrame
    private let style: TextStyle
    var reader: RecordReader
    var maker: ValueMaker
    var sender: RecordSender
    var lineChecker = ObjectLineChecker()
    /// Up to where the chunk's lines were checked and are good, which the reader takes for granted.
    var checked = 0
    private let steps: [Step]
    private var commands: CommandColumns
    private var libraries: LibraryColumns
    /// Finds the values of the columns that a filter fills.
    private var answers: AnswerReader?

    private let isSplit: Bool
    private let isAppended: Bool

    private enum Maker { case function, command, library, answer }

    /// What a column does with a record, looked up once.
    private struct Step {
        let source: RecordReader.Source
        let work: ColumnFunction.Work
        /// Whether the text of a plain field is the column's value, as it stands.
        let keepsPlainText: Bool
        /// Who makes the value; what stands above serves functions alone.
        let maker: Maker

        static let answer = Step(source: .value, work: .identity, keepsPlainText: false, maker: .answer)
    }

    /// Lines are not re-encoded, so a missing newline at the end of the input stays missing.
    private let keepsLastLineOpen: Bool
    /// Whether a record's output is its line, with its newline or without.
    private let keepsLines: Bool

    /// The plan must be valid, and know its header if the input has one.
    ///
    /// - Parameters:
    ///   - starter: Who starts the plan's commands; nil where no record is to be mapped.
    ///   - libraries: Who calls functions of libraries.
    package init(
        plan: RecordPlan, starter: (any CommandStarter)? = nil, libraries: LoadedLibraries? = nil
    ) throws(PlanError) {
        reader = try RecordReader(plan: plan)
        maker = ValueMaker(plan: plan)
        sender = RecordSender(plan: plan)
        frame = RecordFrame(plan: plan)
        style = TextStyle(plan: plan)
        var rest = reader.sources[...]
        let sources = plan.columns.map { column in
            defer { rest = rest.dropFirst(column.fields.count) }
            return rest.prefix(column.fields.count)
        }
        commands = CommandColumns(plan, sources, starter)
        self.libraries = LibraryColumns(plan, sources, libraries)
        steps =
            zip(plan.columns, sources).map { column, sources in
                let work = column.function.work
                let maker: Maker =
                    column.function.command != nil ? .command : column.function.library != nil ? .library : .function
                return Step(
                    source: sources.first ?? .value, work: work,
                    keepsPlainText: work.keepsText && plan.keepsPlainText && maker == .function, maker: maker)
            } + Array(repeating: .answer, count: plan.answers?.columns.count ?? 0)
        answers = plan.answers.map(AnswerReader.init)
        keepsLastLineOpen = plan.input == .lines && plan.output == .lines
        keepsLines = keepsLastLineOpen && plan.layout == .keyed && steps.count == 1 && steps[0].keepsPlainText
        isSplit = plan.layout == .split
        isAppended = plan.layout == .appended
        self.plan = plan
    }

    /// Maps the record that begins at `position`, appends its output and moves `position` behind the record.
    ///
    /// `columnEnds` must have room for the plan's `outputsPerRecord` texts; it then holds `output.wanted` behind each.
    /// A record that fails leaves no output, or if the plan says so one with empty values; either way the answer says
    /// why it failed.
    package mutating func map(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, into output: inout ByteWriter,
        columnEnds: inout MutableSpan<Int>
    ) -> ValueFailure? {
        guard keepsLines else {
            return mapParts(bytes, at: &position, index: index, into: &output, columnEnds: &columnEnds)
        }
        let end = RecordReader.afterLine(bytes, from: position)
        output.append(bytes.extracting(position..<end))
        columnEnds[0] = output.wanted
        position = end
        return nil
    }

    /// Maps the record that begins at `position` part by part.
    @inline(never)
    private mutating func mapParts(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, into output: inout ByteWriter,
        columnEnds: inout MutableSpan<Int>
    ) -> ValueFailure? {
        if let failure = read(bytes, at: &position) {
            for text in columnEnds.indices { columnEnds[text] = output.wanted }
            return failure
        }
        let start = output.wanted
        do throws(ValueFailure) {
            try write(bytes, index: index, isEmpty: false, into: &output, columnEnds: &columnEnds)
            return nil
        } catch {
            takeBack(to: start, bytes, index: index, &output, columnEnds: &columnEnds)
            return error
        }
    }

    /// Reads the record at `position` and moves behind it, also where it is malformed.
    @inline(__always)
    mutating func read(_ bytes: Span<UInt8>, at position: inout Int) -> ValueFailure? {
        if plan.input == .ndjson, let failure = check(bytes, at: &position) { return failure }
        return reader.read(bytes, at: &position) ? nil : .noRow
    }

    /// The same for a record that a filter has answered, with a newline at the answer's end. It was sent, and so is
    /// known to be an object where it must be one.
    package mutating func map(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, answer: Span<UInt8>, into output: inout ByteWriter,
        columnEnds: inout MutableSpan<Int>
    ) -> ValueFailure? {
        _ = reader.read(bytes, at: &position)
        checked = position
        let start = output.wanted
        do throws(ValueFailure) {
            try answers?.read(answer)
            try write(bytes, index: index, isEmpty: false, into: &output, columnEnds: &columnEnds)
            return nil
        } catch {
            takeBack(to: start, bytes, index: index, &output, columnEnds: &columnEnds)
            return error
        }
    }

    /// Sees to it that the line at `position` is an object; moves behind one that is none.
    @inline(__always)
    private mutating func check(_ bytes: Span<UInt8>, at position: inout Int) -> ValueFailure? {
        // At 0 a chunk begins.
        if position == 0 { checked = 0 }
        return position < checked ? nil : checkLines(bytes, at: &position)
    }

    @inline(never)
    private mutating func checkLines(_ bytes: Span<UInt8>, at position: inout Int) -> ValueFailure? {
        checked = lineChecker.end(of: bytes, from: position)
        guard checked == position else { return nil }
        position = RecordReader.afterLine(bytes, from: position)
        return .noObject
    }

    /// Appends the output of a record whose values could not be made, and moves `position` behind the record.
    package mutating func mapEmpty(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, into output: inout ByteWriter,
        columnEnds: inout MutableSpan<Int>
    ) {
        if read(bytes, at: &position) != nil { return }
        writeEmpty(bytes, index: index, into: &output, columnEnds: &columnEnds)
    }

    /// Moves `position` behind the record without mapping it.
    package mutating func skip(_ bytes: Span<UInt8>, at position: inout Int) {
        reader.skip(bytes, at: &position)
        checked = position
    }

    /// Where the record itself begins that is read at `position`: behind what divides it from the one before.
    package func start(of bytes: Span<UInt8>, at position: Int) -> Int {
        plan.input == .json ? RecordReader.startOfMember(bytes, from: position) : position
    }

    /// What the record is called in an error message: the beginning of its key, or its number, from 1, if it has none.
    package mutating func keyText(_ bytes: Span<UInt8>, at position: Int, index: UInt64) -> String {
        var position = position
        if read(bytes, at: &position) != nil { return String(index + 1) }
        guard plan.input != .lines, let key = try? reader.key(bytes) else { return String(index + 1) }
        return (try? maker.shownText(of: key, bytes)) ?? clipped(bytes.extracting(key.range))
    }

    @inline(never)
    private mutating func takeBack(
        to start: Int, _ bytes: Span<UInt8>, index: UInt64, _ output: inout ByteWriter,
        columnEnds: inout MutableSpan<Int>
    ) {
        output.rewind(to: start)
        for text in columnEnds.indices { columnEnds[text] = start }
        if plan.emptyWhenFailed { writeEmpty(bytes, index: index, into: &output, columnEnds: &columnEnds) }
    }

    private mutating func writeEmpty(
        _ bytes: Span<UInt8>, index: UInt64, into output: inout ByteWriter, columnEnds: inout MutableSpan<Int>
    ) {
        if plan.answersAreOutput {
            output.append(UInt8(ascii: "\n"))
            columnEnds[0] = output.wanted
        } else if isAppended, !plan.input.isTable {
            writeExtendedWithNothing(bytes, into: &output)
            columnEnds[0] = output.wanted
        } else {
            // Nothing here can fail: what cannot be written is left empty.
            try? write(bytes, index: index, isEmpty: true, into: &output, columnEnds: &columnEnds)
        }
    }

    /// Writes an object as it was, and nothing for every column whose name it has not.
    private mutating func writeExtendedWithNothing(_ bytes: Span<UInt8>, into output: inout ByteWriter) {
        output.append(piece: frame.opening.span)
        let begin = output.wanted
        // Without a factor for its numbers, this cannot fail.
        try? appendCompact(bytes.extracting(reader.members), to: &output)
        for column in steps.indices where !reader.isTaken(column: column) {
            frame.before.append(column, dropping: output.wanted == begin ? 1 : 0, to: &output)
            output.append(piece: frame.nothing.span)
        }
        output.append(piece: frame.closing.span)
    }

    // What every record passes is one function without calls but those that copy and search; what only some plans need
    // is kept out of it, because the compiler would else make room for it, and save registers, at every record.

    @inline(__always)
    private mutating func write(
        _ bytes: Span<UInt8>, index: UInt64, isEmpty: Bool, into output: inout ByteWriter,
        columnEnds: inout MutableSpan<Int>
    ) throws(ValueFailure) {
        if isSplit {
            return try writeSplit(bytes, index: index, isEmpty: isEmpty, into: &output, columnEnds: &columnEnds)
        }
        output.append(piece: frame.opening.span)
        let begin = output.wanted
        if frame.hasKey { try writeKey(bytes, index: index, isEmpty: isEmpty, into: &output) }
        if isAppended { try writeFields(bytes, isEmpty: isEmpty, into: &output) }
        // Behind an object that had no members the first column needs no comma.
        var dropped = isAppended && output.wanted == begin && plan.output == .ndjson ? 1 : 0
        for column in steps.indices {
            frame.before.append(column, dropping: dropped, to: &output)
            dropped = 0
            try write(column: column, bytes, index: index, isEmpty: isEmpty, into: &output)
        }
        if style.losesLastReturn { try style.checkEnd(output.last) }
        // Without its newline, a last line that is empty would be none.
        if reader.isTerminated || !keepsLastLineOpen || output.wanted == begin {
            output.append(piece: frame.closing.span)
        }
        columnEnds[0] = output.wanted
    }

    @inline(never)
    private mutating func writeSplit(
        _ bytes: Span<UInt8>, index: UInt64, isEmpty: Bool, into output: inout ByteWriter,
        columnEnds: inout MutableSpan<Int>
    ) throws(ValueFailure) {
        for column in steps.indices {
            output.append(piece: frame.opening.span)
            try writeKey(bytes, index: index, isEmpty: isEmpty, into: &output)
            frame.before.append(column, to: &output)
            try write(column: column, bytes, index: index, isEmpty: isEmpty, into: &output)
            columnEnds[column] = output.wanted
        }
    }

    @inline(__always)
    private mutating func write(
        column: Int, _ bytes: Span<UInt8>, index: UInt64, isEmpty: Bool, into output: inout ByteWriter
    ) throws(ValueFailure) {
        if isEmpty { return output.append(piece: frame.nothing.span) }
        if steps[column].maker != .function { return try call(column, bytes, index: index, into: &output) }
        let field = try reader.field(from: steps[column].source, bytes)
        if field.form == .plain, steps[column].keepsPlainText {
            output.append(bytes.extracting(field.range))
        } else {
            try make(steps[column].work, of: field, bytes, into: &output)
        }
    }

    @inline(never)
    private mutating func call(
        _ column: Int, _ bytes: Span<UInt8>, index: UInt64, into output: inout ByteWriter
    ) throws(ValueFailure) {
        switch steps[column].maker {
        case .function, .answer: try answers!.append(column - plan.columns.count, by: &maker, to: &output)
        case .library: try libraries.append(column, bytes, index: index, &reader, &maker, style, to: &output)
        case .command:
            let text = try commands.value(of: column, bytes, index: index, &reader, &maker)
            try style.append(text.span, to: &output)
        }
    }

    @inline(never)
    private mutating func make(
        _ work: ColumnFunction.Work, of field: Field, _ bytes: Span<UInt8>, into output: inout ByteWriter
    ) throws(ValueFailure) {
        try maker.append(work, of: field, bytes, to: &output)
    }

    @inline(never)
    private mutating func writeKey(
        _ bytes: Span<UInt8>, index: UInt64, isEmpty: Bool, into output: inout ByteWriter
    ) throws(ValueFailure) {
        let start = output.wanted
        do throws(ValueFailure) {
            if plan.input == .lines {
                maker.appendKey(number: index + 1, to: &output)
            } else {
                try maker.appendKey(of: try reader.key(bytes), bytes, to: &output)
            }
        } catch {
            guard isEmpty else { throw error }
            output.rewind(to: start)
            output.append(text: plan.output == .json ? "\"\"" : plan.output == .ndjson ? "null" : "")
        }
    }

    /// Writes every field of a row as it stands, with what lies between them, but for quotation marks that none needs.
    ///
    /// Mutating, although nothing changes: else the mapper is copied whole for the call.
    private mutating func copyFields(_ bytes: Span<UInt8>, into output: inout ByteWriter) {
        let row = reader.row
        var kept = row.lowerBound
        for place in reader.fields.indices where reader.fields[place].form == .quoted {
            let text = reader.fields[place].range
            guard !style.needsQuotes(bytes.extracting(text)) else { continue }
            output.append(bytes.extracting(kept..<text.lowerBound - 1))
            output.append(bytes.extracting(text))
            kept = text.upperBound + 1
        }
        output.append(bytes.extracting(kept..<row.upperBound))
    }

    /// Writes every field of the record, in front of the columns.
    @inline(never)
    private mutating func writeFields(
        _ bytes: Span<UInt8>, isEmpty: Bool, into output: inout ByteWriter
    ) throws(ValueFailure) {
        guard plan.input.isTable else {
            try reader.refuseTakenNames()
            return try appendCompact(bytes.extracting(reader.members), to: &output)
        }
        if style.keepsPlainText, plan.output == plan.input { return copyFields(bytes, into: &output) }
        for (place, field) in reader.fields.enumerated() {
            frame.beforeField.append(place, to: &output)
            let start = output.wanted
            do throws(ValueFailure) {
                try maker.append(.identity, of: field, bytes, to: &output)
            } catch {
                guard isEmpty else { throw error }
                output.rewind(to: start)
                output.append(piece: frame.nothing.span)
            }
        }
    }
}
