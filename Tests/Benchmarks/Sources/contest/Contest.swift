import Glibc

/// One contestant of a case: what is timed, and whether what came of it is right.
struct Side {
    let name: String
    /// One round.
    let run: () throws -> Void
    /// Looks at every result of the round that was run last, and lets them go.
    let isRight: () throws -> Bool
    /// What else is to be said of that round, as NAME=NUMBER.
    var notes: () -> [String: Double] = { [:] }
}

/// Runs one round of a side for every line that names one, and answers with the nanoseconds it took.
func serve(_ sides: [Side]) throws {
    answer("ready")
    while let name = readLine() {
        guard let side = sides.first(where: { $0.name == name }) else {
            answer("N/A no side of this name")
            continue
        }
        let took = try ContinuousClock().measure { try side.run() }
        let notes = side.notes().sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        answer(try side.isRight() ? "\(took.nanoseconds)\(notes)" : "N/A wrong result")
    }
}

private func answer(_ text: String) {
    print(text)
    fflush(nil)
}

/// The numbers a case was started with.
struct Settings {
    private let numbers: [String: Int]

    init(_ arguments: some Sequence<String>) {
        numbers = Dictionary(
            uniqueKeysWithValues: arguments.map { argument in
                let parts = argument.split(separator: "=")
                return (String(parts[0]), Int(parts[1])!)
            })
    }

    subscript(name: String, default value: Int) -> Int { numbers[name] ?? value }
    var records: Int { self["records", default: 1_000_000] }
    var workers: Int { self["workers", default: 2] }
}

extension Duration {
    var nanoseconds: Int { Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000) }
    var seconds: Double { Double(nanoseconds) * 1e-9 }
}
