import CProcessionShims
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

/// A worker whose result finds no room keeps it, and goes on at its place when the parent has made room.
@Suite(.serialized) struct RoomTests {
    let segments: Segments
    let worker: WorkerSegments

    init() throws {
        segments = try Segments(workers: 1, places: 2)
        worker = try segments.attach(0)
    }

    private func described(_ items: Range<Int>, overflow: Int, at offset: Int = 4096) -> ChunkDescriptor {
        let (input, start) = (segments.layout.inputData.lowerBound, segments.layout.resultData.lowerBound)
        return ChunkDescriptor(
            run: RunTag(number: 1, descriptor: 0), first: 100, items: items, keyOffset: nil,
            input: input..<input, slotOffset: start, overflow: start + offset..<start + offset + overflow)
    }

    /// Claims items 0..<3 with eight bytes of overflow and publishes the first, which takes them all.
    private func claimAndFill() throws -> _ClaimedChunk {
        segments.parent.open(place: 1, generation: 4, sequence: 0, described(0..<3, overflow: 8))
        var chunk = try #require(worker.claim())
        _ = chunk.output.reserve(8)
        chunk.publish(1)
        let room = chunk.output.reserve(100)
        #expect(room == nil)
        return chunk
    }

    /// The parent's side, on a thread of its own: waits for the question, and then does as it likes.
    private func parent(_ answer: @escaping @Sendable (ParentSegments) -> Void) -> OtherThread {
        let parent = segments.parent
        return OtherThread {
            let limit = Instant.now + .seconds(30)
            while !parent.hasLeft(place: 1, generation: 4), Instant.now < limit { yield() }
            answer(parent)
        }
    }

    @Test func theAskerTellsWhatItWantsAndThatItWaits() throws {
        var chunk = try claimAndFill()
        let report = Box<PlaceReport?>(nil)
        let waits = Box([false, true])
        let thread = parent {
            report.value = $0.look(at: 1, generation: 4)
            let parent = $0
            waits.value = [4, 5].map { parent.waitsForRoom(place: 1, generation: $0) }
            $0.close(place: 1, generation: 4)
            $0.refuse(place: 1, generation: 4)
        }
        let goesOn = chunk.waitForRoom()
        #expect(!goesOn)
        thread.join()
        #expect(report.value?.wanted == 8 + 104)
        #expect(report.value?.done == 1)
        #expect(report.value?.overflowUsed == 8)
        #expect(report.value?.claimer == 0)
        #expect(waits.value == [true, false])
    }

    @Test func theWaiterGoesOnUnderANewGeneration() throws {
        var chunk = try claimAndFill()
        chunk.fail(1, "has no room either")
        let granted = described(1..<3, overflow: 4096, at: 8192)
        let thread = parent { $0.grant(place: 1, generation: 5, sequence: 0, to: 0, granted) }
        let goesOn = chunk.waitForRoom()
        #expect(goesOn)
        thread.join()
        #expect(!chunk.output.isFull)
        #expect((chunk.begin, chunk.end, chunk.overflowUsed) == (1, 3, 0))
        let room = chunk.output.reserve(100)
        #expect(room == granted.overflow.lowerBound.bytes)
        #expect(!segments.parent.hasLeft(place: 1, generation: 5))
        #expect(!segments.parent.waitsForRoom(place: 1, generation: 5))
        chunk.publish(2)
        chunk.fail(2, "bad")
        chunk.publish(3)
        _ = chunk.leave(after: .nanoseconds(1))
        #expect(segments.parent.hasLeft(place: 1, generation: 5))
        let report = segments.parent.look(at: 1, generation: 5)
        #expect(report.done == 3)
        #expect(report.claimer == 0)
        let entry = segments.parent.resultReader.load(
            at: granted.overflow.lowerBound + (Int(report.failure) - 1), as: procession_failure.self)
        #expect(entry.item == 2 && entry.previous == 0, "linked from entries of the part that is settled")
    }

    @Test func nobodyElseClaimsWhatIsGranted() throws {
        let segments = try Segments(workers: 2, places: 1)
        var line = LineWorker(segments, 0)
        var other = LineWorker(segments, 1)
        segments.parent.open(place: 0, generation: 1, sequence: 0, segments.oneItem(0, at: 0))
        let first = line.claim()
        let claim = try #require(first)
        _ = unsafe procession_ask(segments.header, segments.line(0), claim.generation)
        let none = other.claim()
        #expect(none?.place == nil)
        segments.parent.grant(place: 0, generation: 2, sequence: 0, to: 0, segments.oneItem(0, at: 0))
        let stillNone = other.claim()
        #expect(stillNone?.place == nil)
        #expect(!segments.parent.revoke(place: 0, generation: 2))
        #expect(segments.parent.look(at: 0, generation: 2).claimer == 0)
    }

    /// A refused worker may be slow to wake: whatever happens at its old place is not for it.
    @Test func aRefusedWorkerLeavesItsPlaceAlone() throws {
        var chunk = try claimAndFill()
        let next = described(0..<1, overflow: 4096)
        let thread = parent {
            $0.close(place: 1, generation: 4)
            $0.refuse(place: 1, generation: 4)
            $0.open(place: 1, generation: 5, sequence: 1, next)
        }
        let goesOn = chunk.waitForRoom()
        #expect(!goesOn)
        thread.join()
        #expect(chunk.wasHandedOver, "the worker's loop would leave it")
        #expect(try #require(worker.claim()).begin == 0)
        #expect(segments.parent.look(at: 1, generation: 5).claimer == 0)
    }

    @Test func anOldAnswerIsNoAnswer() throws {
        var chunk = try claimAndFill()
        let again = described(1..<3, overflow: 8, at: 8192)
        let thread = parent { $0.grant(place: 1, generation: 5, sequence: 0, to: 0, again) }
        let goesOn = chunk.waitForRoom()
        #expect(goesOn)
        thread.join()
        let noRoom = chunk.output.reserve(100)
        #expect(noRoom == nil)
        let granted = described(1..<3, overflow: 4096, at: 8192)
        let parent = segments.parent
        let second = OtherThread {
            let limit = Instant.now + .seconds(30)
            while !parent.hasLeft(place: 1, generation: 5), Instant.now < limit { yield() }
            parent.grant(place: 1, generation: 6, sequence: 0, to: 0, granted)
        }
        let goesOnAgain = chunk.waitForRoom()
        #expect(goesOnAgain)
        second.join()
        let room = chunk.output.reserve(100)
        #expect(room != nil)
    }

    @Test func aFailureWithoutRoomWaitsForIt() throws {
        var chunk = try claimAndFill()
        let granted = described(1..<3, overflow: 4096, at: 8192)
        let thread = parent { $0.grant(place: 1, generation: 5, sequence: 0, to: 0, granted) }
        let goesOn = chunk.fail(1, waitingForRoom: "bad")
        #expect(goesOn)
        thread.join()
        #expect(segments.parent.look(at: 1, generation: 5).failure != 0)
    }

    @Test func whatWasTooLargeIsPassedOver() throws {
        var chunk = try claimAndFill()
        let granted = described(2..<3, overflow: 4096, at: 8192)
        let thread = parent { $0.grant(place: 1, generation: 5, sequence: 0, to: 0, granted) }
        let goesOn = chunk.fail(1, waitingForRoom: "far too long")
        #expect(goesOn)
        thread.join()
        #expect(chunk.begin == 2)
        #expect(segments.parent.look(at: 1, generation: 5).failure == 0)
    }

    /// The parent sleeps until a later chunk is left, and there may be nobody who could leave it.
    @Test func askingRingsWhateverTheParentWaitsFor() throws {
        var chunk = try claimAndFill()
        segments.parent.setWake(from: 1000)
        let thread = parent {
            $0.close(place: 1, generation: 4)
            $0.refuse(place: 1, generation: 4)
        }
        let goesOn = chunk.waitForRoom()
        #expect(!goesOn)
        thread.join()
        let hasRung = rings(segments.bell, within: .seconds(1))
        #expect(hasRung)
    }

    @Test func anAwakeParentIsNotRung() throws {
        var chunk = try claimAndFill()
        let thread = parent {
            $0.close(place: 1, generation: 4)
            $0.refuse(place: 1, generation: 4)
        }
        let goesOn = chunk.waitForRoom()
        #expect(!goesOn)
        thread.join()
        let hasRung = rings(segments.bell, within: .milliseconds(10))
        #expect(!hasRung)
    }
}
