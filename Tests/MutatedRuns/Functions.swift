import OrderedCollections
import Procession

/// One number: nothing but slots.
struct Square: ValueFunction {
    func callAsFunction(_ value: Int) -> Int { value &* value }
}

/// Texts, short and long, truth values and missing ones; some records fail.
struct Describe: ValueFunction {
    struct Odd: Error {}

    func callAsFunction(_ value: Int) throws -> Columns<Int, String, Bool, String?> {
        if value % 97 == 13 { throw Odd() }
        return Columns(
            value, String(repeating: "\(value) ", count: value % 9), value % 2 == 0,
            value % 3 == 0 ? nil : "the text of \(value)")
    }
}

/// A type with rules, whose fields are in the overflow bytes, and that holds more of itself.
struct Box: FieldsValue {
    var names: Set<String>
    var span: Range<Double>
    var mark: Character
    var inside: [Box]

    var slotFields: Columns<Set<String>, Range<Double>, Character, [Box]> { Columns(names, span, mark, inside) }
    init(slotFields: Columns<Set<String>, Range<Double>, Character, [Box]>) {
        (names, span, mark, inside) = slotFields.values
    }
    init(_ number: Int) {
        names = Set((0..<number % 4).map { "the name of \(number + $0)" })
        (span, mark) = (0..<Double(number), number % 2 == 0 ? "é" : "🇩🇪")
        inside = number == 0 ? [] : [Box(number / 3), Box(number / 7)]
    }
}

struct Pack: ValueFunction {
    func callAsFunction(_ value: Int) -> Box { Box(value % 100) }
}

/// Ordered values inside of ordered values, all of them in the overflow bytes.
struct Nest: ValueFunction {
    func callAsFunction(_ value: Int) -> OrderedDictionary<String, [[String]]> {
        ["a": [], "the key of \(value)": (0..<value % 5).map { row in (0..<row).map { "\(value) \($0)" } }]
    }
}
