import Glibc
import Procession
import Testing

/// What a stream holds of the shared memory.
@Suite(.serialized) struct StreamMemoryTests {
    @Test func aChunkHoldsNoMoreThanItsRecordsTake() throws {
        let pool = try WorkerPool(workers: 1, chunkSize: 1000)
        var iterator = pool.stream(repeatElement("", count: 1000), CharacterCount()).makeIterator()
        #expect(try iterator.next()?.get() == 0)
        // A slot of 16 bytes and a result of 8 for each, and room for failures; not what longer texts would have taken.
        #expect((24_000..<30_000).contains(pool.sharedBytesInUse), "\(pool.sharedBytesInUse)")
        for _ in 1..<1000 { #expect(try iterator.next()?.get() == 0) }
    }

    @Test func resultsBehindASlowRecordStayCloseToTheWindow() throws {
        let pool = try WorkerPool(workers: 2, chunkSize: 10)
        let window = 1 << 20
        var iterator = pool.stream(0..<600, SlowHeadOfLongTexts(), window: window).makeIterator()
        #expect(try iterator.next()?.get().utf8.count == 20_000)
        // All chunks were handed out before anybody knew how long the texts would be.
        #expect(pool.sharedBytesInUse < window + window / 2)
        for _ in 1..<600 { #expect(try iterator.next()?.get().utf8.count == 20_000) }
    }
}

struct CharacterCount: ValueFunction { func callAsFunction(_ value: String) -> Int { value.count } }

struct SlowHeadOfLongTexts: ValueFunction {
    func callAsFunction(_ value: Int) -> String {
        if value == 0 { usleep(1_000_000) }
        return String(repeating: "x", count: 20_000)
    }
}
