import Procession
import ProcessionRecords

/// What is said of a run's progress: counts, the record that the others wait for, rates, the time that is left.
///
/// Rate and time left are those of finished records, written or not: while one record is slow, those behind it go on.
struct ProgressMeter {
    /// How far a run had come at a moment.
    struct Sample {
        /// Since the start.
        var seconds: Double
        var run: RunProgress
    }

    let totalBytes: Int?
    private let start: RunPosition
    private let workers: Int
    /// Results are finished some time after they were made, when they are certain.
    private let isHeldBack: Bool
    /// The samples of the last seconds, the oldest first.
    private var samples: [Sample]
    /// When the record at the head became that, and when a record was last finished.
    private var headSince = 0.0
    private var movedAt = 0.0
    /// Output that is finished waits for whoever takes it.
    var waitsForReader = false

    /// Rates are those of so many seconds, long enough to be read and short enough to follow the work, and of so many
    /// records, where these are slow.
    private static let memory = 5.0
    private static let fewest = 10
    /// Before that, nothing is known of rates; and a wait is none.
    private static let patience = 2.0

    /// A run begins at time 0, with nothing done but what an earlier one has.
    init(totalBytes: Int?, from start: RunPosition = RunPosition(), workers: Int = 1, isHeldBack: Bool = false) {
        self.isHeldBack = isHeldBack
        self.totalBytes = totalBytes
        self.start = start
        self.workers = workers
        samples = [Sample(seconds: 0, run: RunProgress())]
    }

    mutating func add(_ sample: Sample) {
        if sample.run.head != last.run.head { headSince = sample.seconds }
        if sample.run.finished != last.run.finished { movedAt = sample.seconds }
        // Of samples that say the same, the first and the last are enough.
        if samples.count > 1, sample.run == last.run, sample.run == samples[samples.count - 2].run {
            samples.removeLast()
        }
        samples.append(sample)
        while samples.count > 2, sample.seconds - samples[1].seconds >= Self.memory,
            sample.run.finished - samples[1].run.finished >= Self.fewest
        {
            samples.removeFirst()
        }
    }

    private var last: Sample { samples[samples.count - 1] }

    // MARK: What is known

    var records: Int { start.records + last.run.records }

    private var noun: String { records == 1 ? "record" : "records" }

    var failures: String? {
        let failed = start.failed + last.run.failed
        return failed > 0 ? "\(grouped(failed)) failed" : nil
    }

    /// How much of the input is finished, from 0 to 1. A file that grew is done when its old size is.
    var share: Double? {
        guard let totalBytes, totalBytes > 0 else { return nil }
        return min(1, Double(start.border.offset.bytes + last.run.finishedBytes) / Double(totalBytes))
    }

    /// What has kept the run for a while, and what is done nevertheless.
    var wait: (reason: String, done: String?)? {
        let run = last.run
        if waitsForReader { return ("waiting for the reader of the output", nil) }
        guard let head = run.head else {
            let waited = last.seconds - movedAt
            return waited >= Self.patience ? ("waiting for input, \(durationText(waited))", nil) : nil
        }
        let waited = last.seconds - headSince
        // Where all records are slow, none is named.
        guard waited >= max(Self.patience, 3 * interval * Double(workers)) else { return nil }
        return (
            "waiting for record \(grouped(start.records + head + 1))\(isHeldBack ? " or later" : ""), \(durationText(waited))",
            run.behind > 0 ? "\(grouped(run.behind)) done behind it" : nil
        )
    }

    /// Records and bytes per second, as texts.
    var rates: [String] {
        guard let records = rate(\.finished), let bytes = rate(\.finishedBytes) else { return [] }
        return [rateText(records), "\(scaled(bytes))B/s"]
    }

    var timeLeft: String? {
        guard let totalBytes, wait == nil, let rate = rate(\.finishedBytes) else { return nil }
        let left = totalBytes - start.border.offset.bytes - last.run.finishedBytes
        return clockText(Double(max(0, left)) / rate)
    }

    /// Nil before anything can be said, and when it would tell of what is over.
    private func rate(_ value: (RunProgress) -> Int) -> Double? {
        let isStill = wait != nil && last.seconds - movedAt >= max(Self.memory, 3 * interval)
        guard last.seconds >= Self.patience, last.run.finished > 1, span > 0, !isStill else { return nil }
        let rate = Double(value(last.run) - value(samples[0].run)) / span
        return rate > 0 ? rate : nil
    }

    /// Seconds from one finished record to the next, of late; 0 before there are any.
    private var interval: Double {
        let finished = last.run.finished - samples[0].run.finished
        return finished > 0 ? span / Double(finished) : 0
    }

    /// Seconds that the samples are of, without a pause before them.
    private var span: Double {
        let first = samples[0]
        guard samples.count > 1, samples[1].run == first.run, last.run.finished - first.run.finished >= Self.fewest
        else {
            return last.seconds - first.seconds
        }
        return last.seconds - min(max(first.seconds, last.seconds - Self.memory), samples[1].seconds)
    }
}

extension ProgressMeter {
    private static let widestBar = 30
    private static let narrowestBar = 5

    /// The line, of ASCII characters and at most so many. What matters less is left out first, and whole.
    func line(width: Int) -> String {
        var parts = ["\(grouped(records)) \(noun)"]
        if let failures { parts.append(failures) }
        let kept = parts.count
        if let wait {
            parts.append(wait.reason)
            if let done = wait.done { parts.append(done) }
        }
        if let timeLeft { parts.append("ETA \(timeLeft)") }
        parts += rates

        let percent = share.map { percentText($0) + "  " } ?? ""
        func length() -> Int { percent.count + parts.joined(separator: "  ").count }
        while parts.count > kept, length() > width { parts.removeLast() }
        guard length() <= width else { return shortLine(width: width, parts) }
        // The bar has what is left over when everything is said, and there is none where that is too little.
        let size = min(Self.widestBar, width - length() - 4)
        var bar = ""
        if let share, size >= Self.narrowestBar {
            let filled = Int(share * Double(size))
            bar = "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: size - filled) + "]  "
        }
        return percent + bar + parts.joined(separator: "  ")
    }

    /// Where there is no room for all that should be said: the number of records is the last to go.
    private func shortLine(width: Int, _ parts: [String]) -> String {
        let words = [parts.joined(separator: "  "), parts[0], grouped(records), scaled(Double(records))]
        return words.first { $0.count <= width } ?? ""
    }

    /// The same as a sentence of any length.
    var sentence: String {
        var parts = ["\(grouped(records)) \(noun) done"]
        if let failures { parts.append(failures) }
        if let share { parts.append("\(Int(share * 100))% of the input") }
        parts += rates
        if let timeLeft { parts.append("\(timeLeft) left") }
        let waiting = wait.map { [$0.reason] + ($0.done.map { [$0] } ?? []) } ?? []
        return ([parts.joined(separator: ", ")] + waiting).joined(separator: "; ")
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

/// By the second, or by the minute or the hour where that is less than one.
private func rateText(_ rate: Double) -> String {
    let (factor, unit) = rate >= 0.95 ? (1, "s") : rate * 60 >= 0.95 ? (60.0, "min") : (3600, "h")
    return "\(scaled(rate * factor))/\(unit)"
}

/// Seconds as "0:07", "12:34" or "1:02:03".
private func clockText(_ seconds: Double) -> String {
    let seconds = Int(min(seconds.rounded(.up), 359_999))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
}

/// Seconds as "0.8 s", "8 s", "2 min 5 s" or "3 h 2 min".
func durationText(_ seconds: Double) -> String {
    let whole = Int(min(max(0, seconds), 1e9))
    switch seconds {
    case ..<9.95: return seconds < 1 || seconds != seconds.rounded() ? "\(scaled(seconds)) s" : "\(whole) s"
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    default: return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
}
