import Procession
import ProcessionRecords
import Testing

@testable import ProcessionCLI

/// What is said of progress, without a terminal and without a run.
struct ProgressMeterTests {
    typealias Moment = (seconds: Double, run: RunProgress)

    private func at(
        _ seconds: Double, _ records: Int, bytes: Int = 0, failed: Int = 0, finished: Int? = nil, head: Int? = 0,
        behind: Int = 0
    ) -> Moment {
        var run = RunProgress()
        run.records = records
        run.failed = failed
        run.finished = finished ?? records
        run.finishedBytes = bytes
        run.head = head == 0 ? records : head
        run.behind = behind
        return (seconds, run)
    }

    private func meter(total: Int? = nil, _ moments: Moment...) -> ProgressMeter {
        var meter = ProgressMeter(totalBytes: total)
        for moment in moments { meter.add(.init(seconds: moment.seconds, run: moment.run)) }
        return meter
    }

    private var full: ProgressMeter { meter(total: 4_000_000, at(2, 12_345, bytes: 1_000_000)) }

    @Test func saysEverythingWhereThereIsRoom() {
        #expect(
            full.line(width: 79)
                == " 25%  [#######.....................]  12,345 records  ETA 0:06  6.2k/s  500kB/s")
        #expect(full.sentence == "12,345 records done, 25% of the input, 6.2k/s, 500kB/s, 0:06 left")
    }

    @Test func saysNeitherBarNorTimeLeftWhereTheSizeIsNotKnown() {
        #expect(meter(at(2, 500, bytes: 4000)).line(width: 79) == "500 records  250/s  2.0kB/s")
    }

    @Test func tellsFailures() {
        #expect(meter(at(2, 10, bytes: 60, failed: 2)).line(width: 79) == "10 records  2 failed  5/s  30B/s")
    }

    @Test func aPartThatDoesNotFitIsLeftOutWhole() {
        #expect(full.line(width: 55) == " 25%  12,345 records  ETA 0:06  6.2k/s  500kB/s")
        #expect(full.line(width: 32) == " 25%  12,345 records  ETA 0:06")
        #expect(full.line(width: 22) == " 25%  12,345 records")
        #expect(full.line(width: 19) == "12,345 records")
        #expect(full.line(width: 13) == "12,345")
        #expect(full.line(width: 5) == "12.3k")
        #expect(full.line(width: 4) == "")
        let failing = meter(total: 4_000_000, at(2, 12_345, bytes: 1_000_000, failed: 7))
        #expect(failing.line(width: 29) == "12,345 records  7 failed")
        #expect(failing.line(width: 23) == "12,345 records")
    }

    @Test(arguments: 0...120)
    func neverExceedsTheWidthAndNeverCutsANumber(width: Int) {
        var run = at(9000, 1_234_567_890, bytes: 1_000_000_000, failed: 2_345_678_901, behind: 3_456_789_012).run
        run.finished += run.behind
        let meter = meter(total: 5_000_000_000, (2, run), (9000, run))
        func numbers(_ line: String) -> Set<Substring> { Set(line.matches(of: #/\d[\d,.:]*\d?[kMG]?/#).map(\.output)) }
        let line = meter.line(width: width)
        #expect(line.count <= width)
        #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(numbers(line).isSubset(of: numbers(meter.line(width: 1000)).union(["1.2G"])), "\(line)")
    }

    @Test func neitherRateNorTimeIsSaidBeforeTheyAreKnown() {
        #expect(meter(total: 100, at(0, 0)).line(width: 20) == "  0%  0 records")
        #expect(
            meter(total: 1000, at(1.9, 500, bytes: 500)).line(width: 40) == " 50%  [#########..........]  500 records")
        #expect(meter(at(60, 1, bytes: 4, head: nil), at(60.1, 1, bytes: 4)).line(width: 79) == "1 record")
    }

    @Test func ratesAreThoseOfTheLastSeconds() {
        let meter = meter(at(1, 1_000_000), at(60, 1_000_000), at(64, 1_000_400, bytes: 4000))
        #expect(meter.line(width: 79) == "1,000,400 records  80/s  800B/s")
    }

    @Test func slowRecordsAreCountedByTheMinuteAndOverAllThatAreKnown() {
        var meter = ProgressMeter(totalBytes: 1000)
        for tenth in 1...1199 {
            let records = tenth / 200
            let moment = at(Double(tenth) / 10, records, bytes: records * 10)
            meter.add(.init(seconds: moment.seconds, run: moment.run))
        }
        #expect(meter.line(width: 79).hasSuffix("]  5 records  ETA 37:59  2.5/min  0.4B/s"), "\(meter.line(width: 79))")
    }

    @Test func aSlowHeadIsNamedAndWhatIsDoneBehindIt() {
        let meter = meter(
            total: 10_000, at(0.5, 99, bytes: 100, finished: 99, head: 99),
            at(8.5, 99, bytes: 5900, finished: 5900, head: 99, behind: 5801))
        #expect(
            meter.line(width: 84)
                == " 59%  99 records  waiting for record 100, 8 s  5,801 done behind it  725/s  725B/s")
        #expect(meter.line(width: 49) == " 59%  99 records  waiting for record 100, 8 s")
        #expect(
            meter.sentence
                == "99 records done, 59% of the input, 725/s, 725B/s; waiting for record 100, 8 s; 5,801 done behind it"
        )
    }

    /// What a filter without numbers has answered behind it may wait to be certain.
    @Test func theFirstRecordThatIsNotCertainIsNotSaidToBeTheSlowOne() {
        var meter = ProgressMeter(totalBytes: nil, isHeldBack: true)
        for moment in [
            at(0.5, 99, bytes: 100, finished: 99, head: 99), at(8.5, 99, bytes: 100, finished: 99, head: 99),
        ] {
            meter.add(.init(seconds: moment.seconds, run: moment.run))
        }
        #expect(meter.sentence == "99 records done; waiting for record 100 or later, 8 s")
    }

    @Test func aHeadThatHoldsEverythingUpHasNoRateAndNoTimeLeft() {
        let stuck = at(1, 99, bytes: 5900, finished: 5900, head: 99, behind: 5801)
        let meter = meter(total: 10_000, stuck, (20, stuck.run), (30, stuck.run))
        #expect(meter.rates == [])
        #expect(meter.timeLeft == nil)
        #expect(meter.line(width: 70) == " 59%  99 records  waiting for record 100, 29 s  5,801 done behind it")
    }

    @Test func anEarlierRunsRecordsCountAndItsTimeDoesNot() {
        var start = RunPosition()
        (start.border.offset, start.records, start.failed) = (FileOffset(bytes: 500), 1000, 3)
        var meter = ProgressMeter(totalBytes: 1000, from: start)
        meter.add(.init(seconds: 5, run: at(5, 100, bytes: 250, head: 100).run))
        #expect(meter.sentence == "1,100 records done, 3 failed, 75% of the input, 20/s, 50B/s, 0:05 left")
    }

    @Test func whatElseIsWaitedForIsSaid() {
        let starved = meter(at(1, 5, bytes: 50, head: nil), at(9, 5, bytes: 50, head: nil))
        #expect(starved.sentence == "5 records done; waiting for input, 8 s")
        var blocked = meter(at(1, 5, bytes: 50))
        blocked.waitsForReader = true
        #expect(blocked.sentence == "5 records done; waiting for the reader of the output")
    }

    @Test func aFileThatGrewIsDoneWhenItsOldSizeIs() {
        #expect(meter(total: 100, at(1, 10, bytes: 200)).line(width: 40).hasPrefix("100%"))
    }

    @Test(arguments: [
        (0.04, "0.0 s"), (0.84, "0.8 s"), (8, "8 s"), (8.44, "8.4 s"), (12.7, "12 s"), (125, "2 min 5 s"),
        (10_920, "3 h 2 min"),
    ])
    func timesAreWrittenAsPeopleSayThem(_ seconds: Double, _ text: String) {
        #expect(durationText(seconds) == text)
    }
}
