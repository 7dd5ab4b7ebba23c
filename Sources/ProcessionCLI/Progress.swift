import ProcessionRecords
import ProcessionSystem

/// The line on standard error that says how far a run has come: drawn again and again, and gone when it is done.
///
/// It never holds the run up: where the terminal takes nothing at the moment, or another job has it, a drawing is left
/// out.
final class Progress {
    private var meter: ProgressMeter
    private let begun = Clock.monotonic()
    private var isShown = false

    private static let descriptor: Int32 = 2
    /// Where nobody says how wide the line may be.
    private static let usualWidth = 80
    private static let eraseLine = "\r\u{1B}[K"

    private let start: RunPosition

    /// - Parameters:
    ///   - totalBytes: The size of the input, if it is known.
    ///   - start: What an earlier run has done, and this one continues.
    init(totalBytes: Int?, from start: RunPosition?) {
        self.start = start ?? RunPosition()
        meter = ProgressMeter(totalBytes: totalBytes, records: self.start.records, bytes: self.start.border.offset)
    }

    /// Whether it is shown when nobody has said.
    static var isWanted: Bool { Terminal.isTerminal(descriptor) }

    /// What this run has done by now.
    func draw(records: Int, failed: Int, bytes: Int) {
        let seconds = Double(Clock.monotonic() - begun) / 1e9
        meter.add(
            ProgressMeter.Sample(
                seconds: seconds, records: start.records + records, failed: start.failed + failed,
                bytes: start.border.offset + bytes))
        guard Terminal.isFree(Self.descriptor) else { return }
        // The last column stays empty: a terminal may go to the next line when it is written.
        let width = (Terminal.columns(Self.descriptor) ?? Self.usualWidth) - 1
        isShown = true
        try? File.write(Self.descriptor, text: Self.eraseLine + meter.line(width: width))
    }

    /// Makes room for what comes next on standard error.
    func erase() {
        guard isShown, Terminal.isFree(Self.descriptor) else { return }
        isShown = false
        try? File.write(Self.descriptor, text: Self.eraseLine)
    }
}
