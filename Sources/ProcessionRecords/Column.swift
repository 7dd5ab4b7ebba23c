/// An output column: what it is called, what is computed, and from which field.
package struct Column: Equatable, Sendable {
    /// What the column is called in the output.
    package var name: String
    /// What is computed.
    package var function: ColumnFunction
    /// The field the function works on; `nil` is the record's value.
    package var field: String?

    package init(name: String, function: ColumnFunction, field: String? = nil) {
        self.name = name
        self.function = function
        self.field = field
    }

    /// Reads `NAME=FUNCTION[@FIELD]`, as it is written on the command line.
    package init(parsing text: String) throws(PlanError) {
        let form = "a column is written NAME=FUNCTION[@FIELD], as in 'price=double' or 'price=double@net'"
        guard let equals = text.firstIndex(of: "=") else {
            throw PlanError("'\(text)' has no '='; \(form)")
        }
        let name = String(text[..<equals])
        let rest = text[text.index(after: equals)...]
        let at = rest.firstIndex(of: "@")
        guard !name.isEmpty else { throw PlanError("'\(text)' has no name before the '='; \(form)") }
        guard rest.startIndex != (at ?? rest.endIndex) else {
            throw PlanError("'\(text)' names no function after the '='; \(form)")
        }
        self.name = name
        function = try ColumnFunction(parsing: String(rest[..<(at ?? rest.endIndex)]))
        guard let at else { return }
        let field = String(rest[rest.index(after: at)...])
        guard !field.isEmpty else { throw PlanError("'\(text)' names no field after the '@'; \(form)") }
        self.field = field
    }
}
