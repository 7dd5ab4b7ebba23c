import ProcessionSystem

/// A number or a size that cannot be used, and what can.
struct QuantityError: Error, CustomStringConvertible {
    let description: String
}

/// A number of workers, or a share of the available cores.
enum JobCount: Equatable {
    case number(Int)
    case percent(Int)

    init(argument: String) throws(QuantityError) {
        let isShare = argument.hasSuffix("%")
        guard let number = Int(isShare ? String(argument.dropLast()) : argument), (1...10_000).contains(number) else {
            throw QuantityError(description: "write a number from 1 to 10000, or a share of the cores as in 50%")
        }
        self = isShare ? .percent(number) : .number(number)
    }

    var workers: Int {
        switch self {
        case .number(let number): number
        case .percent(let share): max(1, Machine.availableCores() * share / 100)
        }
    }
}

/// A whole number within its range.
func wholeNumber(_ argument: String, in range: ClosedRange<Int>) throws(QuantityError) -> Int {
    guard let number = Int(argument), range.contains(number) else {
        throw QuantityError(description: "write a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
}

/// A size in bytes, as people write it: 65536, 64K, 64M, 1.5G, 64MiB; or a share of the machine's memory, 10%.
struct ByteSize: Equatable, CustomStringConvertible {
    let count: Int

    var description: String { "\(count >> 20)M" }

    init(count: Int) { self.count = count }

    init(argument: String, atLeast smallest: Int) throws(QuantityError) {
        guard let count = Self.count(argument), count >= smallest else {
            throw QuantityError(
                description: "write a size from \(smallest >> 20)M, as in 64M or 1G, or a share of the memory as in 5%")
        }
        self.count = count
    }

    private static func count(_ argument: String) -> Int? {
        let text = argument.lowercased()
        let number = text.prefix { $0.isNumber || $0 == "." }
        let factors: [String: Double] = ["": 1, "k": 0x1p10, "m": 0x1p20, "g": 0x1p30, "t": 0x1p40]
        var unit = text.dropFirst(number.count)
        guard let value = Double(number) else { return nil }
        if unit == "%" { return value <= 100 ? Int(Double(Machine.totalMemory()) * value / 100) : nil }
        for suffix in ["ib", "b"] where unit.hasSuffix(suffix) {
            unit = unit.dropLast(suffix.count)
            break
        }
        guard let factor = factors[String(unit)], value * factor < 1e18 else { return nil }
        return Int(value * factor)
    }
}

/// A time in seconds: 5, 0.5, 5s, 500ms, 2m.
struct Seconds: Equatable {
    let duration: Duration

    init(argument: String) throws(QuantityError) {
        let number = argument.prefix { $0.isNumber || $0 == "." }
        let units: [String: Double] = ["": 1, "s": 1, "ms": 0.001, "m": 60, "h": 3600]
        guard let value = Double(number), let factor = units[String(argument.dropFirst(number.count))],
            value * factor >= 0.001, value * factor < 1e9
        else { throw QuantityError(description: "write seconds from 0.001 to 999999999, as in 5, 0.5, 500ms or 2m") }
        duration = .seconds(value * factor)
    }
}
