import CProcessionShims
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

/// Many chunks, few places, and threads that fight over them.
@Suite(.serialized) struct ClaimTests {
    static let chunks = 100_000

    @Test(arguments: [1, 2, 8]) func everyChunkIsClaimedOnceOverOneMapping(workers: Int) throws {
        let segments = try Segments(workers: workers, places: 5)
        let logs = (0..<workers).map { _ in Box<[Int]>([]) }
        let threads = (0..<workers).map { worker in
            OtherThread {
                var line = LineWorker(segments, worker)
                var log: [Int] = []
                while !line.mustStop {
                    guard let claim = line.claim() else {
                        yield()
                        continue
                    }
                    log.append(claim.first)
                    line.map(claim)
                    line.leave(claim)
                }
                logs[worker].value = log
            }
        }
        expectAllMapped(segments)
        for thread in threads { thread.join() }
        expectEachOnce(logs.flatMap(\.value))
    }

    @Test(arguments: [1, 2, 8]) func everyChunkIsClaimedOnceByRealWorkers(workers: Int) throws {
        let segments = try Segments(workers: workers, places: 5)
        let (threads, logs) = try startRealWorkers(workers, of: segments)
        expectAllMapped(segments)
        for thread in threads { thread.join() }
        expectEachOnce(logs.flatMap(\.value))
    }

    /// The hint lies where every worker can write. Whatever it says, no chunk is passed over and none goes out twice.
    @Test func everyChunkIsClaimedOnceWhileTheHintIsNoise() throws {
        let seed = printedSeed()
        let segments = try Segments(workers: 2, places: 5)
        let (threads, logs) = try startRealWorkers(2, of: segments)
        let isOver = Box(false)
        let vandal = OtherThread {
            var numbers = SplitMix(seed: seed)
            while !isOver.value {
                // Sound: inside the parent's mapping, which `segments` keeps.
                unsafe procession_store_hint(segments.resultHeader, UInt64(numbers.anyMagnitude()) << 1)
                yield()
            }
        }
        expectAllMapped(segments)
        isOver.value = true
        for thread in threads + [vandal] { thread.join() }
        expectEachOnce(logs.flatMap(\.value))
    }

    /// One at a time, and no one else to open the way: the worker has to find the chunk by itself.
    @Test(arguments: [UInt64.max, 1 << 63, 2, 1, 0]) func aChunkIsFoundWhateverTheHintSays(hint: UInt64) throws {
        let segments = try Segments(workers: 1, places: 2)
        let (threads, logs) = try startRealWorkers(1, of: segments)
        var feeder = Feeder(segments)
        for _ in 0..<20 {
            // Sound: inside the parent's mapping, which `segments` keeps.
            unsafe procession_store_hint(segments.resultHeader, hint)
            guard feeder.feed(1, onLeft: { _, _, _ in }) else {
                Issue.record("nobody claims a chunk behind the hint \(hint)")
                break
            }
        }
        segments.parent.stopWorkers()
        for thread in threads { thread.join() }
        #expect(logs[0].value.count == 20)
    }

    private func startRealWorkers(_ count: Int, of segments: Segments) throws -> ([OtherThread], [Box<[Int]>]) {
        let logs = (0..<count).map { _ in Box<[Int]>([]) }
        let threads = (0..<count).map { worker in
            OtherThread {
                guard let attached = try? segments.attach(worker) else { return }
                var log: [Int] = []
                while let chunk = attached.claim() {
                    log.append(chunk.first)
                    let value = chunk.input.load(at: chunk.valueOffset.bytes, as: UInt64.self)
                    chunk.store(value + 1, at: chunk.slotOffset)
                    chunk.publish(1)
                    if chunk.leave(after: .zero) { attached.signalParent() }
                }
                logs[worker].value = log
            }
        }
        return (threads, logs)
    }

    /// Feeds all chunks, sees that each comes back complete with the right output, and stops the workers.
    private func expectAllMapped(_ segments: Segments) {
        var feeder = Feeder(segments)
        var wrong: [Int] = []
        let isComplete = feeder.feed(Self.chunks) { chunk, report, output in
            if report.done != 1 || output != UInt64(chunk) &* 3 + 1 { wrong.append(chunk) }
        }
        #expect(isComplete, "chunks are open and nobody claims them")
        #expect(wrong == [], "left before they were mapped, or their output cannot be seen")
        segments.parent.stopWorkers()
    }

    private func expectEachOnce(_ claimed: [Int]) {
        var counts = Array(repeating: 0, count: Self.chunks)
        for chunk in claimed { counts[chunk] += 1 }
        let wrong = counts.indices.filter { counts[$0] != 1 }
        #expect(wrong == [], "claimed \(wrong.prefix(5).map { counts[$0] }) times")
    }
}
