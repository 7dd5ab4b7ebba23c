import CProcessionShims
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

/// A queue of four entries over two places: what a worker finds there when it was away for too long.
struct QueueTests {
    let segments: Segments
    let worker: WorkerSegments

    init() throws {
        segments = try Segments(workers: 2, places: 2)
        worker = try segments.attach(0)
    }

    private func open(_ sequence: Int, at place: Int) {
        segments.parent.open(
            place: place, generation: sequence + 1, sequence: sequence, segments.oneItem(sequence, at: place))
    }

    private func close(_ sequence: Int, at place: Int) {
        segments.parent.close(place: place, generation: sequence + 1)
    }

    /// Claims what is open, and reports a failure instead of sleeping for ever when nothing is found.
    private func claim() -> Int? {
        let hasWoken = Box(false)
        let segments = segments
        let watchdog = OtherThread {
            let limit = Instant.now + .seconds(30)
            while !hasWoken.value, Instant.now < limit { yield() }
            if !hasWoken.value { segments.parent.stopWorkers() }
        }
        let first = worker.claim()?.first
        hasWoken.value = true
        watchdog.join()
        return first
    }

    @Test func aWorkerThatFellBehindTakesTheOldestChunkFirst() {
        // Chunks 0 to 3 came and went while the worker was away, and it stored its late hint after that.
        var other = LineWorker(segments, 1)
        for sequence in 0..<4 {
            open(sequence, at: sequence % 2)
            _ = other.claim()
            close(sequence, at: sequence % 2)
        }
        unsafe procession_store_hint(segments.resultHeader, 1)
        open(4, at: 0)
        open(5, at: 1)
        #expect(claim() == 4)
        #expect(claim() == 5)
    }

    @Test func aChunkIsFoundAfterItsQueueEntryWasOverwritten() {
        open(0, at: 0)
        // Somebody says that chunk 0 has been claimed, and the others come and go.
        unsafe procession_store_hint(segments.resultHeader, 1)
        for sequence in 1...4 {
            open(sequence, at: 1)
            #expect(claim() == sequence)
            close(sequence, at: 1)
        }
        #expect(claim() == 0)
    }
}
