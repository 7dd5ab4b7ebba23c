/// One of the built-in functions, which make a column's value of a field's value.
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
    /// The function as it is written on the command line.
    package let description: String

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
    package static let names = plain.map(\.description) + ["scale:"]

    private init(work: Work, description: String) {
        self.work = work
        self.description = description
    }

    /// Reads a function's name, as it is written on the command line.
    package init(parsing text: String) throws(PlanError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts[0] == "scale" {
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
            let names = Self.plain.map(\.description) + ["scale"]
            let known = Self.plain.map(\.description).joined(separator: ", ")
            throw PlanError(
                "unknown function \(shown(text))\(suggestion(for: parts[0], among: names)); there are \(known) and "
                    + "scale:F, and -x runs a command of yours")
        }
    }
}
