import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// Says on standard error how far a run has come: on a terminal in a line that is drawn again and again, elsewhere in a
/// sentence now and then; when it is asked by a signal; and in the end.
///
/// It never holds the run up, and draws where nobody else does: by default only while the results go to a file. What
/// reads the results of a pipe may be a pager, which has the same screen.
final class Progress {
    private enum Style { case none, sentences, line(TerminalLine) }

    private var meter: ProgressMeter
    private let style: Style
    private let wasAskedFor: Bool
    private let begun = Instant.now
    /// When to say the next sentence.
    private var next: Double
    private var isShown = false

    /// What ends sooner needs no line.
    private static let quiet = 0.5
    /// Sentences come after so many seconds, after twice that, and so on; and at least so often.
    private static let firstSentence = 10.0
    private static let longestSilence = 600.0
    /// Where nobody says how wide the line may be.
    private static let usualWidth = 80
    /// Columns that stay empty: for the "^C" that a terminal shows, which must not begin a line of its own.
    private static let margin = 3

    /// - Parameters:
    ///   - wanted: Whether the user wants it; nil where nothing was said.
    ///   - start: What an earlier run has done, and this one continues.
    ///   - part: The part of the input that is mapped.
    ///   - isHeldBack: Whether results are kept back until they are certain.
    init(
        _ wanted: Bool?, from input: Int32, to output: Int32?, workers: Int, continuing start: RunPosition?,
        part: InputPart? = nil, isHeldBack: Bool
    ) {
        var (bytes, start) = (File.remaining(input), start ?? RunPosition())
        if let part {
            // What is told is told of the part.
            bytes = part.span.end.offset - part.span.begin.offset
            start.records -= part.span.begin.records
            start.border.offset = FileOffset(bytes: start.border.offset.bytes - part.span.begin.offset)
        }
        meter = ProgressMeter(
            totalBytes: bytes, from: start, workers: workers, isHeldBack: isHeldBack)
        wasAskedFor = wanted == true
        next = Self.firstSentence
        guard wanted ?? Terminal.isForProgress(from: input, to: output) else {
            style = .none
            return
        }
        // Records that come to a terminal would be written into the line.
        let isShared = output.map(Terminal.isTerminal) ?? false
        let line = Terminal.isTerminal(2) && Terminal.canErase && !isShared ? try? TerminalLine() : nil
        style = line.map { .line($0) } ?? .sentences
    }

    /// What this run has done by now.
    func update(_ run: RunProgress) {
        let seconds = self.seconds
        meter.add(ProgressMeter.Sample(seconds: seconds, run: run))
        switch style {
        case .none: return
        case .line(let line):
            guard seconds >= Self.quiet else { return }
            isShown = true
            line.show(meter.line(width: max(0, (line.columns ?? Self.usualWidth) - Self.margin)))
        case .sentences:
            guard seconds >= next else { return }
            next = seconds + min(seconds, Self.longestSilence)
            isShown = true
            complain(meter.sentence)
        }
    }

    /// Answers a signal that asks.
    func tell(_ run: RunProgress, waitsForReader: Bool) {
        meter.add(ProgressMeter.Sample(seconds: seconds, run: run))
        var meter = meter
        meter.waitsForReader = waitsForReader
        complain(meter.sentence)
    }

    /// What comes next on standard error stays.
    func end() {
        if case .line(let line) = style { line.end() }
    }

    /// For the last line, where somebody has seen the others or has asked for them: " in 12 s".
    var time: String { wasAskedFor || isShown ? " in \(durationText(seconds))" : "" }

    private var seconds: Double { (.now - begun).seconds }
}

extension Terminal {
    /// Whether a line on standard error is seen, and is in nobody's way.
    static func isForProgress(from input: Int32, to output: Int32?) -> Bool {
        isTerminal(2) && !isTerminal(input) && output.map { !isTerminal($0) && File.isKept($0) } ?? true
    }
}
