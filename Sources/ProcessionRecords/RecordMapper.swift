package import ProcessionSegment

/// Makes each record's output; one per worker and run, because it keeps its buffers from record to record.
package struct RecordMapper {
    private let plan: RecordPlan
    private let frame: RecordFrame
    private var reader: RecordReader
    private var maker: ValueMaker
    private let functions: [ColumnFunction.Work]
    /// Lines are not re-encoded, so a missing newline at the end of the input stays missing.
    private let keepsLastLineOpen: Bool

    /// The plan must be valid, and know its header if the input has one.
    package init(plan: RecordPlan) throws(PlanError) {
        reader = try RecordReader(plan: plan)
        maker = ValueMaker(plan: plan)
        frame = RecordFrame(plan: plan)
        functions = plan.columns.map(\.function.work)
        keepsLastLineOpen = plan.input == .lines && plan.output == .lines
        self.plan = plan
    }

    /// Maps the record that begins at `position`, appends its output and moves `position` behind the record.
    ///
    /// `columnEnds` then holds `output.wanted` behind each of the plan's `outputsPerRecord` texts. A record that fails
    /// leaves no output, or if the plan says so one with empty values; either way the answer says why it failed.
    package mutating func map(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, into output: inout ByteWriter,
        columnEnds: inout [Int]
    ) -> ValueFailure? {
        reader.read(bytes, at: &position)
        let start = output.wanted
        do throws(ValueFailure) {
            try write(bytes, index: index, isEmpty: false, into: &output, columnEnds: &columnEnds)
            return nil
        } catch {
            output.rewind(to: start)
            for text in columnEnds.indices { columnEnds[text] = start }
            if plan.emptyWhenFailed { writeEmpty(bytes, index: index, into: &output, columnEnds: &columnEnds) }
            return error
        }
    }

    /// Appends the output of a record whose values could not be made, and moves `position` behind the record.
    package mutating func mapEmpty(
        _ bytes: Span<UInt8>, at position: inout Int, index: UInt64, into output: inout ByteWriter,
        columnEnds: inout [Int]
    ) {
        reader.read(bytes, at: &position)
        writeEmpty(bytes, index: index, into: &output, columnEnds: &columnEnds)
    }

    /// Moves `position` behind the record without mapping it.
    package mutating func skip(_ bytes: Span<UInt8>, at position: inout Int) {
        reader.read(bytes, at: &position)
    }

    /// What the record is called in an error message: the beginning of its key, or its number, from 1, if it has none.
    package mutating func keyText(_ bytes: Span<UInt8>, at position: Int, index: UInt64) -> String {
        var position = position
        reader.read(bytes, at: &position)
        guard plan.input != .lines, let key = try? reader.key() else { return String(index + 1) }
        return (try? maker.shownText(of: key, bytes)) ?? clipped(bytes.extracting(key.range))
    }

    /// Appends what an external filter is to read of the record, without a newline, and moves `position` behind it.
    ///
    /// That is the line or row as it was written or, where the plan names a value field, that field; of a JSON member
    /// the compact value. It fails when there is a newline inside, because the filter would see two records.
    package mutating func line(
        _ bytes: Span<UInt8>, at position: inout Int, into line: inout [UInt8]
    ) throws(ValueFailure) {
        reader.read(bytes, at: &position)
        let start = line.count
        if plan.input == .json {
            try appendCompact(bytes.extracting(reader.whole), to: &line)
        } else if plan.value == nil {
            line.append(bytes.extracting(reader.whole))
        } else {
            try maker.appendText(of: try reader.field(ofColumn: 0, bytes), bytes, to: &line)
        }
        guard find(UInt8(ascii: "\n"), in: line.span, from: start) == line.count else {
            line.removeLast(line.count - start)
            throw ValueFailure("the record has a newline in it, so it cannot be handed over as one line")
        }
    }

    private mutating func writeEmpty(
        _ bytes: Span<UInt8>, index: UInt64, into output: inout ByteWriter, columnEnds: inout [Int]
    ) {
        if plan.exec {
            output.append(UInt8(ascii: "\n"))
            columnEnds = [output.wanted]
        } else {
            // Nothing here can fail: what cannot be written is left empty.
            try? write(bytes, index: index, isEmpty: true, into: &output, columnEnds: &columnEnds)
        }
    }

    private mutating func write(
        _ bytes: Span<UInt8>, index: UInt64, isEmpty: Bool, into output: inout ByteWriter, columnEnds: inout [Int]
    ) throws(ValueFailure) {
        if columnEnds.count != plan.outputsPerRecord {
            columnEnds = Array(repeating: output.wanted, count: plan.outputsPerRecord)
        }
        if plan.split {
            for column in functions.indices {
                output.append(frame.opening.span)
                try writeKey(bytes, index: index, isEmpty: isEmpty, into: &output)
                frame.before.append(column, to: &output)
                try write(column: column, bytes, isEmpty: isEmpty, into: &output)
                columnEnds[column] = output.wanted
            }
            return
        }
        output.append(frame.opening.span)
        let begin = output.wanted
        if frame.hasKey { try writeKey(bytes, index: index, isEmpty: isEmpty, into: &output) }
        if plan.append { try writeFields(bytes, isEmpty: isEmpty, into: &output) }
        for column in functions.indices {
            // Behind an object that had no members the first column needs no comma.
            let isBare = column == 0 && plan.append && output.wanted == begin && plan.output == .ndjson
            frame.before.append(column, dropping: isBare ? 1 : 0, to: &output)
            try write(column: column, bytes, isEmpty: isEmpty, into: &output)
        }
        if reader.isTerminated || !keepsLastLineOpen { output.append(frame.closing.span) }
        columnEnds[0] = output.wanted
    }

    private mutating func write(
        column: Int, _ bytes: Span<UInt8>, isEmpty: Bool, into output: inout ByteWriter
    ) throws(ValueFailure) {
        guard !isEmpty else { return output.append(frame.nothing.span) }
        let field = try reader.field(ofColumn: column, bytes)
        try maker.append(functions[column], of: field, bytes, to: &output)
    }

    private mutating func writeKey(
        _ bytes: Span<UInt8>, index: UInt64, isEmpty: Bool, into output: inout ByteWriter
    ) throws(ValueFailure) {
        let start = output.wanted
        do throws(ValueFailure) {
            if plan.input == .lines {
                maker.appendKey(number: index + 1, to: &output)
            } else {
                try maker.appendKey(of: try reader.key(), bytes, to: &output)
            }
        } catch {
            guard isEmpty else { throw error }
            output.rewind(to: start)
            output.append(text: plan.output == .json ? "\"\"" : plan.output == .ndjson ? "null" : "")
        }
    }

    /// Writes every field of the record, in front of the columns.
    private mutating func writeFields(
        _ bytes: Span<UInt8>, isEmpty: Bool, into output: inout ByteWriter
    ) throws(ValueFailure) {
        guard plan.input.isTable else {
            return try appendCompact(bytes.extracting(reader.members), to: &output)
        }
        for (place, field) in reader.fields.enumerated() {
            frame.beforeField.append(place, to: &output)
            let start = output.wanted
            do throws(ValueFailure) {
                try maker.append(.identity, of: field, bytes, to: &output)
            } catch {
                guard isEmpty else { throw error }
                output.rewind(to: start)
                output.append(frame.nothing.span)
            }
        }
    }
}
