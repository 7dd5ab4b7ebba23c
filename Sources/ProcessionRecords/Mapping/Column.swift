import ProcessionSystem

/// An output column: what it is called, what is computed, and from which field.
package struct Column: Equatable, Sendable {
    /// What the column is called in the output.
    package var name: FieldName
    /// What is computed.
    package var function: ColumnFunction
    /// The field the function works on; `nil` is the record's value.
    package var field: FieldName?

    package init(name: FieldName, function: ColumnFunction, field: FieldName? = nil) {
        self.name = name
        self.function = function
        self.field = field
    }

    /// Reads `NAME=FUNCTION[@FIELD]`, as it is written on the command line.
    package init(parsing bytes: [UInt8]) throws(PlanError) {
        let form = "a column is written NAME=FUNCTION[@FIELD], as in 'price=double' or 'price=double@net'"
        let text = shown(bytes.span)
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            throw PlanError("\(text) has no '='; \(form)")
        }
        let rest = bytes[(equals + 1)...]
        // A command names its fields inside, and may have that sign in it.
        let at = rest.starts(with: ColumnFunction.commandMark.utf8) ? nil : rest.firstIndex(of: UInt8(ascii: "@"))
        guard equals > 0 else { throw PlanError("\(text) has no name before the '='; \(form)") }
        let function = rest[..<(at ?? rest.endIndex)]
        guard !function.isEmpty else { throw PlanError("\(text) names no function after the '='; \(form)") }
        name = FieldName(Array(bytes[..<equals]))
        self.function = try ColumnFunction(parsing: String(given: Array(function)))
        guard let at else { return }
        field = FieldName(Array(rest[(at + 1)...]))
        guard field?.bytes.isEmpty == false else { throw PlanError("\(text) names no field after the '@'; \(form)") }
    }

    /// The fields that it works on; nil is the record's value.
    var fields: [FieldName?] {
        if let library = function.library { return library.place == 0 ? library.call.fields : [] }
        return function.command?.fields ?? [field]
    }

    package init(parsing text: String) throws(PlanError) { try self.init(parsing: Array(text.utf8)) }
}
