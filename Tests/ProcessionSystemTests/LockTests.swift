import Glibc
import ProcessionSystem
import Synchronization
import TestSupport
import Testing

@Suite struct LockTests {
    @Test func oneThreadAtATimeHasTheValue() {
        let lock = Lock(0)
        let threads = (0..<4).map { _ in OtherThread { for _ in 0..<10_000 { lock { $0 += 1 } } } }
        for thread in threads { thread.join() }
        #expect(lock { $0 } == 40_000)
    }

    /// Who does so without a pause would otherwise keep it for as long as the loop takes.
    @Test func whoYieldsLetsThoseInWhoWait() {
        let lock = Lock(false)
        lock.lock()
        let other = OtherThread { lock { $0 = true } }
        let deadline = Instant.now + .seconds(60)
        while !lock.held({ $0 }), Instant.now < deadline { lock.yield() }
        #expect(lock.held { $0 })
        lock.unlock()
        other.join()
    }

    @Test func aSeatIsLeftWhenSomebodyWakesItOrTheTimeIsOver() {
        let lock = Lock(false)
        let seat = Seats()
        let start = Instant.now
        lock.lock()
        let other = OtherThread {
            usleep(20_000)
            lock {
                $0 = true
                seat.seat.wake()
            }
        }
        while !lock.held({ $0 }), Instant.now - start < .seconds(60) { seat.seat.wait(for: .seconds(60), lock) }
        #expect(lock.held { $0 } && Instant.now - start < .seconds(50))
        let second = Instant.now
        while Instant.now - second < .milliseconds(10) { seat.seat.wait(for: .milliseconds(10), lock) }
        lock.unlock()
        other.join()
    }

    /// One seat, for two threads that take turns by the lock.
    private final class Seats: @unchecked Sendable {
        let seat = Seat()
    }
}
