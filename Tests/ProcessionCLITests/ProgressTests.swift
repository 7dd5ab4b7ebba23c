internal import Foundation
import Testing

@testable import ProcessionCLI

/// The line that says how far a run has come, without a terminal.
struct ProgressMeterTests {
    private func meter(total: Int?, _ samples: (seconds: Double, records: Int, bytes: Int)...) -> ProgressMeter {
        var meter = ProgressMeter(totalBytes: total)
        for sample in samples {
            meter.add(.init(seconds: sample.seconds, records: sample.records, bytes: sample.bytes))
        }
        return meter
    }

    @Test func saysEverythingWhereThereIsRoom() {
        let line = meter(total: 4_000_000, (2, 12_345, 1_000_000)).line(width: 79)
        #expect(line == " 25%  [#######.....................]  12,345 records  ETA 0:06  6.2k/s  500kB/s")
    }

    @Test func saysNeitherBarNorTimeLeftWhereTheSizeIsNotKnown() {
        #expect(meter(total: nil, (2, 500, 4000)).line(width: 79) == "500 records  250/s  2.0kB/s")
    }

    @Test func tellsFailures() {
        var meter = ProgressMeter(totalBytes: nil)
        meter.add(.init(seconds: 1, records: 10, failed: 2, bytes: 30))
        #expect(meter.line(width: 79) == "10 records  2 failed  10/s  30B/s")
    }

    @Test(arguments: 0...120)
    func neverExceedsTheWidth(width: Int) {
        let line = meter(total: 5_000_000_000, (9000, 1_234_567_890, 1_000_000_000)).line(width: width)
        #expect(line.count <= width)
        #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }

    @Test func givesUpTheBarFirstAndTheRecordsLast() {
        let meter = meter(total: 4_000_000, (2, 12_345, 1_000_000))
        #expect(meter.line(width: 55) == " 25%  12,345 records  ETA 0:06  6.2k/s  500kB/s")
        #expect(meter.line(width: 32) == " 25%  12,345 records  ETA 0:06")
        #expect(meter.line(width: 22) == " 25%  12,345 records")
    }

    @Test func ratesAreThoseOfTheLastSeconds() {
        let meter = meter(total: nil, (1, 1_000_000, 0), (60, 1_000_000, 0), (64, 1_000_400, 0))
        #expect(meter.line(width: 79) == "1,000,400 records  100/s  0B/s")
    }

    @Test func aFileThatGrewIsDoneWhenItsOldSizeIs() {
        #expect(meter(total: 100, (1, 10, 200)).line(width: 40).hasPrefix("100%"))
    }

    @Test func aRunAtItsVeryBeginningHasNoRate() {
        #expect(meter(total: 100, (0, 0, 0)).line(width: 24) == "  0%  0 records  0/s")
    }
}

/// When the line is drawn, and that it is gone in the end.
struct ProgressTests {
    @Test func nothingIsDrawnIntoAPipe() throws {
        #expect(try messages(of: "$0 map -x 'sleep 0.5; cat' 2>&1 >/dev/null") == "")
    }

    @Test func askedForItIsDrawnIntoAPipeAndErased() throws {
        let text = try messages(of: "$0 map --progress -x 'sleep 0.5; cat' 2>&1 >/dev/null")
        #expect(text.contains("\r\u{1B}[K0 records"))
        #expect(text.hasSuffix("\r\u{1B}[K"))
        // At most ten a second, even on a machine on which half a second is three.
        #expect(text.split(separator: "\r").count <= 40)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func itIsDrawnOnATerminalUnlessToldNotTo() throws {
        let drawn = try messages(of: "script -qec \"$0 map -x 'sleep 0.5; cat'\" /dev/null")
        #expect(drawn.contains("\u{1B}[K"))
        let quiet = try messages(of: "script -qec \"$0 map --no-progress -x 'sleep 0.5; cat'\" /dev/null")
        #expect(!quiet.contains("\u{1B}[K"))
    }

    /// What a shell says that runs the command, which is `$0` there, over one line.
    private func messages(of command: String) throws -> String {
        let process = Process()
        let output = Foundation.Pipe()
        let binary = Bundle.main.executableURL!.deletingLastPathComponent().appending(path: "procession").path
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "echo one | \(command)", binary]
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
