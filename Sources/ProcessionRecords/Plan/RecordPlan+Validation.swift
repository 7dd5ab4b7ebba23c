extension RecordPlan {
    /// Refuses what cannot be carried out, or could not be read back; fields are looked up once the header is known.
    func check() throws(PlanError) {
        if !answersAreOutput { try checkColumns() }
        try checkOutput()
        try checkChoice()
        if !header.isEmpty { try checkFields() }
        if !answersAreOutput { try checkNames() }
        if isFilter { try checkSent() }
    }

    private func checkColumns() throws(PlanError) {
        let names = columnNames
        guard !names.isEmpty else {
            throw PlanError("nothing to compute: name at least one column, as in 'upper=upper', or a command")
        }
        for (index, name) in names.enumerated() {
            // No set, which would take longer to be made than the few names take to be compared.
            guard !names[..<index].contains(name) else {
                throw PlanError("two columns are called \(name); give each its own name")
            }
        }
        for column in columns {
            if answers != nil, column.function.command != nil || column.function.library != nil {
                throw PlanError(
                    "column \(column.name) is made by a program or library of its own, which does not go beside the answers "
                        + "of a filter; use two runs, one behind the other")
            }
            if let command = column.function.command, input == .lines,
                let field = command.fields.compactMap(\.self).first
            {
                throw PlanError(
                    "the command of column \(column.name) asks for a field \(field), but a line has none; write {value} for the "
                        + "line, '{{' for a brace, or name the format, as in -f csv")
            }
            if let library = column.function.library, input == .lines,
                let field = column.fields.compactMap(\.self).first
            {
                throw PlanError(
                    "function \(shown(library.call.name.symbol.span)) wants a field \(field), but a line has none; name the format, "
                        + "as in -f csv")
            }
            if column.field != nil, input == .lines {
                throw PlanError(
                    "column \(column.name) asks for a field, but a line has none; leave the '@' out, or name the format, "
                        + "as in -f csv")
            }
        }
    }

    private func checkOutput() throws(PlanError) {
        if layout == .split, output != .json {
            throw PlanError("one object per column can only be written as json, not as \(output.rawValue)")
        }
        guard layout == .appended else { return }
        let formats: [RecordFormat] = [.csv, .tsv, .ndjson]
        guard formats.contains(input), formats.contains(output) else {
            throw PlanError(
                "columns can be appended to the records of csv, tsv and ndjson only, "
                    + "not from \(input.rawValue) to \(output.rawValue)")
        }
        if input == .ndjson, output.isTable {
            throw PlanError(
                "the fields of ndjson records are not known before the last one, so they cannot be kept in "
                    + "\(output.rawValue); write ndjson, or name the fields as columns")
        }
    }

    private func checkChoice() throws(PlanError) {
        guard input == .lines || input == .json else { return }
        if key != nil { throw PlanError("\(input.rawValue) records have no key field to choose") }
        if value != nil { throw PlanError("\(input.rawValue) records have no value field to choose") }
    }

    private func checkFields() throws(PlanError) {
        let names = fieldNames
        for wanted in [key, value] + columns.flatMap(\.fields) {
            if let wanted { _ = try place(of: wanted, in: names) }
        }
        for command in columns.compactMap(\.function.command) { try check(command, names) }
        if names.count < 2, sources.contains(nil) {
            throw PlanError(
                "the header has one field only, \(names.first ?? ""); say which field holds the value"
                    + otherFormat(for: names))
        }
    }

    /// Refuses `{key}` and `{value}` where a field of that name is another one, and nobody has said which is meant.
    private func check(_ command: CommandTemplate, _ names: [FieldName]) throws(PlanError) {
        let isAsked = [command.fields.contains(nil) && value == nil, command.takesKey && key == nil]
        for (place, word) in [(1, "value"), (0, "key")] where isAsked[1 - place] {
            guard let other = names.firstIndex(of: FieldName(word)), other != place, place < names.count else {
                continue
            }
            throw PlanError(
                "{\(word)} may be the record's \(word), which is the field \(names[place]), or the field '\(word)'; say which by "
                    + "--\(word) \(word), or write {\(String(decoding: names[place].bytes, as: UTF8.self))}")
        }
    }

    /// Where a field of this name stands in a row.
    func place(of wanted: FieldName, in names: [FieldName]) throws(PlanError) -> Int {
        guard let place = names.firstIndex(of: wanted) else {
            throw PlanError("the header has no field \(wanted)\(wanted.hint(among: names))\(otherFormat(for: names))")
        }
        guard names.lastIndex(of: wanted) == place else {
            throw PlanError(
                "the header has more than one field \(wanted), so nobody can tell which is meant; rename them")
        }
        return place
    }

    /// What to say of a header that looks like one of another format.
    private func otherFormat(for names: [FieldName]) -> String {
        let (other, sign) = input == .csv ? (RecordFormat.tsv, UInt8(ascii: "\t")) : (.csv, UInt8(ascii: ","))
        guard names.count == 1, names[0].bytes.contains(sign) else { return "" }
        return "; it looks like \(other.rawValue), which -f \(other.rawValue) reads"
    }

    /// Refuses names that the output cannot hold, or that could not be told apart in it.
    private func checkNames() throws(PlanError) {
        let isKnown = !input.isTable || !header.isEmpty
        let hasNames = output.isTable || output == .ndjson
        let kept = !hasNames || !isKnown ? [] : layout == .appended ? fieldNames : [keyName]
        if let name = columnNames.first(where: kept.contains) {
            throw PlanError("column \(name) has the name of a field that is kept; give it another")
        }
        var seen: Set<FieldName> = []
        if output == .ndjson, let name = kept.first(where: { !seen.insert($0).inserted }) {
            throw PlanError("the header has more than one field \(name), which an object cannot have; rename them")
        }
        guard output != .lines, output != .json || layout == .split || columnNames.count > 1 else { return }
        let style = TextStyle(plan: self)
        let written = kept + columnNames
        for (place, name) in written.enumerated() {
            do throws(ValueFailure) {
                var bytes: [UInt8] = []
                try style.appendName(name, isFirst: isKnown && place == 0, to: &bytes)
                if isKnown, place == written.count - 1 { try style.checkEnd(bytes.last) }
            } catch {
                throw PlanError("a name cannot be written: \(error.message)")
            }
        }
    }

    /// Refuses what a filter cannot be sent, and a value field that nobody reads.
    private func checkSent() throws(PlanError) {
        if value != nil, sent != .value, columns.isEmpty {
            throw PlanError(
                "--send \(sent.rawValue) sends all fields, and no column reads the one that --value names; leave --value out, "
                    + "or send it with --send value")
        }
        guard sent == .json, input.isTable else { return }
        let names = fieldNames
        for (place, name) in names.enumerated() {
            guard !names[..<place].contains(name) else {
                throw PlanError("the header has more than one field \(name), which an object cannot have; rename them")
            }
            do throws(ValueFailure) {
                var json: [UInt8] = []
                try appendJSONString(name.bytes.span, to: &json)
            } catch {
                throw PlanError("a name cannot be sent: \(error.message); rename it, or use --send tsv")
            }
        }
    }
}
