import ProcessionSystem

/// What makes a column's value: one of the built-in functions, of a field's value; a command that is started for every
/// record; or a function of a shared library.
///
/// `string`, `length`, `upper` and `lower` work on the text of a value: a text itself, a number as it is spelled, the
/// names `true`, `false` and `null`, and the compact JSON of an object or array. `double` and `scale` work on numbers,
/// on texts that spell a number, and on every number inside an object or array.
package struct ColumnFunction: Equatable, Sendable, CustomStringConvertible {
    enum Work: Equatable, Sendable {
        case identity
        case multiply(Factor)
        case string
        case length
        case upper
        case lower

        /// Whether a text is its own value.
        var keepsText: Bool { self == .identity || self == .string }
    }

    let work: Work
    /// The function as it is written on the command line; given text.
    package let description: String
    /// What is started, and makes the text that the function works on; nil for a function of a field.
    package let command: CommandTemplate?
    /// What is called, and the result of it that is taken.
    package let library: LibraryResult?

    /// The value as it is.
    package static let identity = ColumnFunction(work: .identity, description: "identity")
    /// Numbers times two.
    package static let double = ColumnFunction(work: .multiply(.integer(2)), description: "double")
    /// The text of the value.
    package static let string = ColumnFunction(work: .string, description: "string")
    /// How many Unicode scalars the text of the value has.
    package static let length = ColumnFunction(work: .length, description: "length")
    /// The text of the value in upper case.
    package static let upper = ColumnFunction(work: .upper, description: "upper")
    /// The text of the value in lower case.
    package static let lower = ColumnFunction(work: .lower, description: "lower")

    private static let plain = [identity, double, string, length, upper, lower]

    /// What may stand on the command line; behind a colon something follows.
    package static let names = plain.map(\.description) + ["scale:", commandMark]

    /// What stands before a command.
    package static let commandMark = "run:"

    private init(work: Work, description: String, command: CommandTemplate? = nil) {
        self.work = work
        self.description = description
        self.command = command
        library = nil
    }

    /// A result of a function of a shared library.
    package init(_ call: LibraryCall, result place: Int) {
        (work, command) = (.string, nil)
        description = String(given: call.name.text)
        library = LibraryResult(call: call, place: place)
    }

    /// Reads a function's name, as it is written on the command line.
    package init(parsing text: String) throws(PlanError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts[0] == "run" {
            guard parts.count == 2 else {
                throw PlanError("function 'run' lacks its command; write one behind it, as in 'run:file -b {value}'")
            }
            self.init(work: .string, description: text, command: try CommandTemplate(parsing: parts[1].givenBytes))
        } else if parts[0] == "scale" {
            let example = "write a number behind it, as in 'scale:0.5'"
            guard parts.count == 2 else { throw PlanError("function 'scale' lacks its factor; \(example)") }
            guard let factor = Factor(parts[1].utf8.span) else {
                throw PlanError("function 'scale' cannot use the factor \(shown(parts[1])); \(example)")
            }
            self.init(work: .multiply(factor), description: text)
        } else if let function = Self.plain.first(where: { $0.description == parts[0] }) {
            guard parts.count == 1 else {
                throw PlanError("function '\(parts[0])' takes nothing behind it, but \(shown(text)) was written")
            }
            self = function
        } else {
            let names = Self.plain.map(\.description) + ["scale", "run"]
            let known = Self.plain.map(\.description).joined(separator: ", ")
            throw PlanError(
                "unknown function \(shown(text))\(suggestion(for: parts[0], among: names)); there are \(known) and "
                    + "scale:F, run:COMMAND starts a command for each record, and -x keeps one running")
        }
    }
}
