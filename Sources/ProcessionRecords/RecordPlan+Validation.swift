extension RecordPlan {
    /// Refuses what cannot be carried out; fields are looked up once the header is known, so ask again then.
    package func validated() throws(PlanError) {
        if exec {
            guard columns.isEmpty else {
                throw PlanError("columns cannot be combined with an external command; its answers are the output")
            }
        } else {
            try checkColumns()
            try checkOutput()
        }
        try checkChoice()
        if !header.isEmpty { try checkFields() }
        if !exec { try checkNames() }
    }

    private func checkColumns() throws(PlanError) {
        guard !columns.isEmpty else {
            throw PlanError("nothing to compute: name at least one column, as in 'upper=upper', or a command")
        }
        for (index, column) in columns.enumerated() {
            // No set, which would take longer to be made than the few names take to be compared.
            guard !columns[..<index].contains(where: { $0.name == column.name }) else {
                throw PlanError("two columns are called '\(column.name)'; give each its own name")
            }
            if column.field != nil, input == .lines {
                throw PlanError("column '\(column.name)' asks for a field, but a line has none; leave the '@' out")
            }
        }
    }

    private func checkOutput() throws(PlanError) {
        if split, output != .json {
            throw PlanError("one object per column can only be written as json, not as \(output.rawValue)")
        }
        guard append else { return }
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
        if key != nil, !exec { throw PlanError("\(input.rawValue) records have no key field to choose") }
        if value != nil { throw PlanError("\(input.rawValue) records have no value field to choose") }
    }

    private func checkFields() throws(PlanError) {
        let names = fieldNames.map { String(decoding: $0, as: UTF8.self) }
        for wanted in [exec ? nil : key, value] + columns.map(\.field) {
            guard let wanted, !names.contains(wanted) else { continue }
            throw PlanError("the header has no field '\(wanted)'\(suggestion(for: wanted, among: names))")
        }
        if names.count < 2, columns.contains(where: { source(of: $0) == nil }) {
            throw PlanError("the header has one field only, '\(names[0])'; say which field holds the value")
        }
    }

    /// Refuses names that the output cannot hold, or would hold twice.
    private func checkNames() throws(PlanError) {
        let isNamed = output.isTable || output == .ndjson
        let isKnown = !input.isTable || !header.isEmpty
        let kept = !isNamed || !isKnown ? [] : append ? fieldNames : [keyName]
        if let column = columns.first(where: { kept.contains(Array($0.name.utf8)) }) {
            throw PlanError("column '\(column.name)' has the name of a field that is kept; give it another")
        }
        for name in kept + (isNamed ? columns.map { Array($0.name.utf8) } : []) {
            var written: [UInt8] = []
            do throws(ValueFailure) {
                try TextStyle(plan: self).append(name.span, to: &written)
            } catch {
                throw PlanError("a name cannot be written: \(error.message)")
            }
        }
    }
}
