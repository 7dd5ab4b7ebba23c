/// What the progress line says: rates over the last seconds, the time that is left, and the parts that fit.
struct ProgressMeter {
    /// How far a run had come at a moment.
    struct Sample {
        /// Since the start.
        var seconds: Double
        var records: Int
        var failed = 0
        /// Bytes of input whose records are done.
        var bytes: Int
    }

    let totalBytes: Int?
    /// The samples of the last seconds, the oldest first.
    private var samples: [Sample]

    /// Rates are those of so many seconds: long enough to be read, short enough to follow the work.
    private static let memory = 5.0
    private static let widestBar = 30
    private static let narrowestBar = 5

    /// A run begins at time 0, with nothing done but what an earlier one has.
    init(totalBytes: Int?, records: Int = 0, bytes: Int = 0) {
        self.totalBytes = totalBytes
        samples = [Sample(seconds: 0, records: records, bytes: bytes)]
    }

    mutating func add(_ sample: Sample) {
        samples.append(sample)
        let recent = samples.firstIndex { $0.seconds >= sample.seconds - Self.memory } ?? 0
        samples.removeFirst(min(recent, samples.count - 2))
    }

    private var last: Sample { samples[samples.count - 1] }

    private func rate(_ value: (Sample) -> Int) -> Double {
        let seconds = last.seconds - samples[0].seconds
        return seconds > 0 ? Double(value(last) - value(samples[0])) / seconds : 0
    }

    /// The line, of ASCII characters and at most so many. What matters less is left out first.
    func line(width: Int) -> String {
        var parts = ["\(grouped(last.records)) records"]
        if last.failed > 0 { parts.append("\(grouped(last.failed)) failed") }
        if let left = secondsLeft { parts.append("ETA \(clockText(left))") }
        parts.append("\(scaled(rate { $0.records }))/s")
        parts.append("\(scaled(rate { $0.bytes }))B/s")

        var line = share.map { percentText($0) + "  " } ?? ""
        // The bar has what is left over when everything is said, and there is none where that is too little.
        let full = line.count + parts.joined(separator: "  ").count
        let bar = min(Self.widestBar, width - full - 4)
        if let share, bar >= Self.narrowestBar {
            let filled = Int(share * Double(bar))
            line += "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: bar - filled) + "]  "
        }
        while parts.count > 1, line.count + parts.joined(separator: "  ").count > width { parts.removeLast() }
        return String((line + parts.joined(separator: "  ")).prefix(max(width, 0)))
    }

    /// How much of the input is done, from 0 to 1. A file that grew is done when its old size is.
    private var share: Double? {
        guard let totalBytes, totalBytes > 0 else { return nil }
        return min(1, Double(last.bytes) / Double(totalBytes))
    }

    private var secondsLeft: Double? {
        guard let totalBytes, last.bytes > 0 else { return nil }
        let rate = rate { $0.bytes }
        return rate > 0 ? Double(max(0, totalBytes - last.bytes)) / rate : nil
    }
}

/// " 42%"
private func percentText(_ share: Double) -> String {
    let text = "\(Int(share * 100))%"
    return String(repeating: " ", count: 4 - text.count) + text
}

/// 1234567 as "1,234,567".
private func grouped(_ number: Int) -> String {
    var digits = String(number)
    var groups: [String] = []
    while digits.count > 3 {
        groups.append(String(digits.suffix(3)))
        digits.removeLast(3)
    }
    return ([digits] + groups.reversed()).joined(separator: ",")
}

/// Three digits and a unit: 12345678 as "12.3M".
private func scaled(_ number: Double) -> String {
    var number = max(0, number)
    var units = ["", "k", "M", "G", "T", "P"]
    while number >= 999.5, units.count > 1 {
        number /= 1000
        units.removeFirst()
    }
    guard number < 99.95, units[0] != "" || number.rounded() != number else {
        return "\(Int(number.rounded()))\(units[0])"
    }
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)\(units[0])"
}

/// Seconds as "0:07", "12:34" or "1:02:03".
private func clockText(_ seconds: Double) -> String {
    let seconds = Int(min(seconds.rounded(.up), 359_999))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
}
