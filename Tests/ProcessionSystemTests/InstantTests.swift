import Glibc
import ProcessionSystem
import Testing

/// Moments, and what lies between them.
@Suite struct InstantTests {
    private static let (halfway, most) = (UInt64(Int64.max), UInt64.max)
    private static let longest = Duration.nanoseconds(Int64.max)

    private static let differences: [(left: UInt64, right: UInt64, Duration)] = [
        (5, 5, .zero), (7, 5, .nanoseconds(2)), (5, 7, .nanoseconds(-2)), (0, 1, .nanoseconds(-1)),
        (halfway, 0, longest), (halfway + 1, 0, longest), (most, 0, longest), (0, most, .zero - longest),
        (most, most - 3, .nanoseconds(3)),
    ]

    @Test(arguments: differences)
    func aDifferenceHasASignAndNoEndThatTraps(_ left: UInt64, _ right: UInt64, _ difference: Duration) {
        #expect(Instant(nanoseconds: left) - Instant(nanoseconds: right) == difference)
    }

    private static let waits: [(start: UInt64, Duration, end: UInt64)] = [
        (5, .zero, 5), (5, .nanoseconds(3), 8), (5, .seconds(2), 2_000_000_005),
        // A wait is no shorter than it was asked for, and none goes back.
        (5, Duration(secondsComponent: 0, attosecondsComponent: 1), 6), (5, .seconds(-1), 5),
        (0, .seconds(Int64.max), halfway), (most - 1, .nanoseconds(1), most), (most - 1, .nanoseconds(2), most),
        (most, .seconds(Int64.max), most),
    ]

    @Test(arguments: waits)
    func aWaitEndsAsMuchLaterAsThereIsTime(_ start: UInt64, _ wait: Duration, _ end: UInt64) {
        #expect(Instant(nanoseconds: start) + wait == Instant(nanoseconds: end))
    }

    @Test func theLaterIsTheGreater() {
        let moments = [0, 1, Self.halfway, Self.halfway + 1, Self.most].map(Instant.init(nanoseconds:))
        #expect(moments.shuffled().sorted() == moments)
        #expect(!moments.contains { $0 < $0 || $0 > $0 })
        #expect(Instant.earliest == moments[0] && Instant.earliest < .now)
    }

    @Test func theClockGoesOnAndNeverBack() {
        let start = Instant.now
        var last = start
        while last - start < .milliseconds(2) {
            let now = Instant.now
            guard now >= last else { break }
            last = now
        }
        #expect(last - start >= .milliseconds(2), "it went back")
        #expect(last >= start + .milliseconds(2))
    }

    @Test func theTimeOfAThreadIsItsWorkAndNotItsSleep() {
        let (start, before) = (Instant.now, Duration.ofThisThread)
        while Duration.ofThisThread - before < .milliseconds(2) {}
        #expect(Instant.now - start >= .milliseconds(2))
        let worked = Duration.ofThisThread
        usleep(50_000)
        #expect(Duration.ofThisThread - worked < .milliseconds(25))
    }

    @Test(arguments: [(Duration.zero, 0), (.milliseconds(1500), 1.5), (.seconds(-2), -2), (.seconds(1 << 40), 0x1p40)])
    func secondsAreAnyNumber(_ time: Duration, _ seconds: Double) { #expect(time.seconds == seconds) }

    /// One attosecond more than whole nanoseconds is one nanosecond more, on both sides of what fits into a word.
    @Test(arguments: [0, 1, 18_446_744_073, 18_446_744_074, 1_000_000_000_000] as [Int64])
    func whatIsNotWholeIsRoundedUp(nanoseconds: Int64) {
        let whole = Duration.nanoseconds(nanoseconds)
        #expect(whole.nanoseconds == nanoseconds)
        for rest in [1, 999_999_999] as [Int64] {
            let more = whole + Duration(secondsComponent: 0, attosecondsComponent: rest)
            #expect(more.nanoseconds == nanoseconds + 1)
        }
    }
}
