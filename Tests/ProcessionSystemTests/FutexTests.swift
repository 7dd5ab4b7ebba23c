import Glibc
import ProcessionSystem
import TestSupport
import Testing

struct FutexTests {
    @Test func aSleeperOnAReadOnlyMappingWakesForAChangeInAnother() throws {
        let file = try MemoryFile(name: "futex", bytes: 4096)
        let writer = try Mapping(file.descriptor.number, bytes: 4096, writable: true)
        let reader = try Mapping(file.descriptor.number, bytes: 4096, writable: false)
        try file.seal(futureWrite: true)
        let readOnlyWord = unsafe Address(reader.base)
        let bell = try EventCounter()
        let number = bell.descriptor.number
        let sleeper = OtherThread {
            // Safe: the test joins this thread before the mapping ends.
            let result = unsafe Futex.wait(readOnlyWord.word, expecting: 0, timeout: .seconds(20))
            if result == .woken { try? File.write(number, all: [1, 0, 0, 0, 0, 0, 0, 0].span) }
        }
        // A wake that finds a sleeper proves that it slept; until then it has not come so far.
        let word = unsafe writer.base.assumingMemoryBound(to: UInt32.self)
        let limit = Instant.now + .seconds(20)
        while unsafe Futex.wake(word, count: 1) == 0, Instant.now < limit { sched_yield() }
        unsafe word.pointee = 1
        sleeper.join()
        var items = [PollItem(descriptor: number, wants: .read)]
        #expect(try poll(&items, timeout: .zero) == 1)
    }

    @Test func aWordThatHasChangedIsNotSleptOn() {
        var word: UInt32 = 1
        unsafe #expect(Futex.wait(&word, expecting: 0, timeout: nil) == .changed)
    }

    @Test func aWaitEndsAtItsLimit() {
        var word: UInt32 = 0
        let start = Instant.now
        unsafe #expect(Futex.wait(&word, expecting: 0, timeout: .milliseconds(20)) == .timedOut)
        #expect(Instant.now - start >= .milliseconds(20))
        unsafe #expect(Futex.wait(&word, expecting: 0, timeout: .seconds(-1)) == .timedOut)
    }

    @Test func aSignalEndsAWait() async {
        await #expect(processExitsWith: .success) {
            let signals = SignalStorm()
            var word: UInt32 = 0
            unsafe #expect(Futex.wait(&word, expecting: 0, timeout: .seconds(20)) == .interrupted)
            signals.stop()
        }
    }

    @Test func wakingNobodyWakesNobody() {
        var word: UInt32 = 0
        unsafe #expect(Futex.wake(&word, count: .max) == 0)
    }

    /// An address on its way to another thread.
    @unsafe private struct Address: @unchecked Sendable {
        let word: UnsafePointer<UInt32>
        init(_ base: UnsafeMutableRawPointer) { unsafe word = UnsafePointer(base.assumingMemoryBound(to: UInt32.self)) }
    }
}
