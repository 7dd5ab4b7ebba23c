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

/// Ordered values inside of ordered values, all of them in the overflow bytes.
struct Nest: ValueFunction {
    func callAsFunction(_ value: Int) -> OrderedDictionary<String, [[String]]> {
        ["a": [], "the key of \(value)": (0..<value % 5).map { row in (0..<row).map { "\(value) \($0)" } }]
    }
}
