import CProcessionShims
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

/// Workers asleep for want of chunks, the parent asleep for want of results, and neither for ever.
@Suite(.serialized) struct SleepTests {
    @Test(arguments: [1, 2], [Duration.zero, .microseconds(5)]) func noWakeUpIsLost(workers: Int, spin: Duration) throws
    {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let segments = try Segments(workers: workers, places: 2, spin: spin)
        // Between runs, the only time in which a worker spins.
        segments.parent.setSupplied(true)
        let threads = (0..<workers).map { worker in
            OtherThread {
                guard let attached = try? segments.attach(worker) else { return }
                while let chunk = attached.claim() {
                    chunk.publish(1)
                    if chunk.leave(after: .zero) { attached.signalParent() }
                }
            }
        }
        let parent = segments.parent
        /// Passes a little time, so that the two sides meet at every point of their ways to sleep.
        func dawdle() {
            for _ in 0..<Int.random(in: 0...400, using: &numbers) {
                _ = unsafe procession_is_asleep(segments.workerLine(0))
            }
        }
        /// Waits as the supervisor does: first the wish, then a second look, and one more after every ring, because an
        /// old one may still be in the bell.
        func waitAsleep(_ place: Int, _ round: Int) -> Bool {
            dawdle()
            parent.setWake(from: round)
            defer { parent.setWake(from: nil) }
            while !parent.hasLeft(place: place, generation: round + 1) {
                guard rings(segments.bell) else { return false }
            }
            return true
        }
        /// Waits awake, to come back before the worker sleeps.
        func waitAwake(_ place: Int, _ round: Int) -> Bool {
            let limit = Instant.now + .seconds(30)
            while !parent.hasLeft(place: place, generation: round + 1) {
                guard Instant.now < limit else { return false }
            }
            return true
        }
        for round in 0..<50_000 {
            let place = round % 2
            parent.open(place: place, generation: round + 1, sequence: round, segments.oneItem(0, at: place))
            parent.wakeSleepers(1, of: workers)
            guard Bool.random(using: &numbers) ? waitAsleep(place, round) : waitAwake(place, round) else {
                Issue.record("nobody woke in round \(round), seed \(seed)")
                break
            }
            parent.close(place: place, generation: round + 1)
            dawdle()
        }
        parent.stopWorkers()
        for thread in threads { thread.join() }
    }

    /// The steps of a worker, with the parent's in between at the worst moment.
    @Test func aWorkerAboutToSleepSeesThatItMustStop() throws {
        let segments = try Segments(workers: 1, places: 1)
        // Sound, to the end: the addresses lie in the parent's mappings, which `segments` keeps.
        let expected = unsafe segments.futexWord.pointee
        unsafe procession_fall_asleep(segments.workerLine(0))
        unsafe #expect(procession_must_stop(procession_load_opened(segments.header)) == 0)
        segments.parent.stopWorkers()
        unsafe #expect(Futex.wait(segments.futexWord, expecting: expected, timeout: .zero) == .changed)
    }

    @Test func aWorkerAboutToSleepSeesANewChunk() throws {
        let segments = try Segments(workers: 1, places: 1)
        let expected = unsafe segments.futexWord.pointee
        unsafe procession_fall_asleep(segments.workerLine(0))
        segments.parent.open(place: 0, generation: 1, sequence: 0, segments.oneItem(0, at: 0))
        segments.parent.wakeSleepers(1, of: 1)
        unsafe #expect(Futex.wait(segments.futexWord, expecting: expected, timeout: .zero) == .changed)
    }

    @Test func stoppingReachesEveryWorkerWhereverItIs() throws {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for round in 0..<2000 {
            let segments = try Segments(workers: 1, places: 1)
            let hasEnded = try EventCounter()
            let bell = hasEnded.descriptor.number
            let worker = OtherThread {
                while let attached = try? segments.attach(0), attached.claim() != nil {}
                try? File.write(bell, all: [1, 0, 0, 0, 0, 0, 0, 0].span)
            }
            while !segments.parent.isAttached(worker: 0) { yield() }
            for _ in 0..<Int.random(in: 0...300, using: &numbers) {
                _ = unsafe procession_is_asleep(segments.workerLine(0))
            }
            segments.parent.stopWorkers()
            let inTime = rings(hasEnded)
            if !inTime { segments.parent.stopWorkers() }
            worker.join()
            guard inTime else {
                Issue.record("a worker slept through the end in round \(round), seed \(seed)")
                return
            }
        }
    }

    @Test func leavingSignalsAParentThatWaitsForTheChunkOrAnEarlierOne() throws {
        let segments = try Segments(workers: 1, places: 3)
        for place in 0..<3 {
            segments.parent.open(place: place, generation: 1, sequence: place, segments.oneItem(0, at: place))
        }
        segments.parent.setWake(from: 1)
        let worker = try segments.attach(0)
        let signals = try (0..<3).map { _ in try #require(worker.claim()).leave(after: .zero) }
        #expect(signals == [false, true, true])
        withExtendedLifetime(worker) {}
    }

    @Test func leavingDoesNotSignalAParentThatIsAwake() throws {
        let segments = try Segments(workers: 1, places: 2)
        segments.parent.setWake(from: 0)
        segments.parent.setWake(from: nil)
        segments.parent.open(place: 0, generation: 1, sequence: 0, segments.oneItem(0, at: 0))
        let worker = try segments.attach(0)
        let signals = try #require(worker.claim()).leave(after: .zero)
        #expect(!signals)
        withExtendedLifetime(worker) {}
    }

    @Test func oneWorkerSpinsAtATime() throws {
        let segments = try Segments(workers: 2, places: 1)
        unsafe #expect(procession_take_seat(segments.resultHeader, 0) != 0)
        unsafe #expect(procession_take_seat(segments.resultHeader, 1) == 0)
        unsafe procession_free_seat(segments.resultHeader, 1)
        unsafe #expect(procession_is_seat_taken(segments.resultHeader) != 0)
        unsafe procession_free_seat(segments.resultHeader, 0)
        unsafe #expect(procession_take_seat(segments.resultHeader, 1) != 0)
    }

    @Test func aWorkerThatDiedSpinningLeavesItsSeat() throws {
        let segments = try Segments(workers: 2, places: 1)
        unsafe #expect(procession_take_seat(segments.resultHeader, 0) != 0)
        segments.parent.resetLine(ofWorker: 1)
        unsafe #expect(procession_take_seat(segments.resultHeader, 1) == 0)
        segments.parent.resetLine(ofWorker: 0)
        unsafe #expect(procession_take_seat(segments.resultHeader, 1) != 0)
    }

    @Test func aSpinningWorkerIsNotWoken() throws {
        let segments = try Segments(workers: 2, places: 2)
        unsafe procession_fall_asleep(segments.workerLine(0))
        #expect(!segments.parent.wakeSleepers(1, of: 2))
        unsafe _ = procession_take_seat(segments.resultHeader, 1)
        #expect(segments.parent.wakeSleepers(1, of: 2))
        #expect(!segments.parent.wakeSleepers(2, of: 2))
    }

    @Test func aReapedWorkersLineIsFitForItsReplacement() throws {
        let segments = try Segments(workers: 2, places: 1)
        unsafe procession_attach(segments.workerLine(1))
        unsafe procession_fall_asleep(segments.workerLine(1))
        unsafe #expect(procession_take_seat(segments.resultHeader, 1) != 0)
        segments.parent.resetLine(ofWorker: 1)
        unsafe #expect(procession_is_seat_taken(segments.resultHeader) == 0)
        #expect(!segments.parent.isAttached(worker: 1))
        unsafe #expect(procession_is_asleep(segments.workerLine(1)) == 0)
    }
}
