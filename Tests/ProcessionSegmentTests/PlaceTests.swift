import CProcessionShims
import ProcessionSegment
import ProcessionSystem
import TestSupport
import Testing

/// The life of one place: open, claimed, left or died on, closed, and open again.
@Suite(.serialized) struct PlaceTests {
    @Test func revokeAndClaimExcludeEachOther() throws {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let segments = try Segments(workers: 1, places: 1)
        let claims = Box<[UInt64]>([])
        let thief = OtherThread {
            let line = LineWorker(segments, 0)
            var mine: [UInt64] = []
            while !line.mustStop {
                // Sound: inside the parent's mapping, which `segments` keeps.
                let generation = unsafe procession_claim(segments.line(0), 0)
                guard generation != 0 else {
                    if mine.count % 64 == 0 { yield() }
                    continue
                }
                mine.append(generation)
                line.leave(LineWorker.Claim(place: 0, generation: generation, first: 0, sequence: 0))
            }
            claims.value = mine
        }
        var revoked: Set<UInt64> = []
        let rounds = 100_000
        // The parent waits a little before it revokes; how long follows who won, so that both win often.
        var patience = 1
        fight: for generation in 1...rounds {
            segments.parent.open(place: 0, generation: generation, sequence: generation - 1, segments.oneItem(0, at: 0))
            for _ in 0..<Int.random(in: 0...patience, using: &numbers) {
                _ = unsafe procession_load_owner(segments.line(0))
            }
            if segments.parent.revoke(place: 0, generation: generation) {
                revoked.insert(UInt64(generation))
                patience = min(patience * 2, 1 << 12)
            } else {
                patience = max(patience / 2, 1)
                let limit = Instant.now + .seconds(30)
                while !segments.parent.hasLeft(place: 0, generation: generation) {
                    guard Instant.now < limit else { break fight }
                    yield()
                }
                segments.parent.close(place: 0, generation: generation)
            }
        }
        segments.parent.stopWorkers()
        thief.join()
        let claimed = claims.value
        #expect(revoked.isDisjoint(with: claimed), "seed \(seed)")
        #expect(revoked.count + claimed.count == rounds, "neither or twice; seed \(seed)")
    }

    @Test func theLeavingOfAnOldGenerationIsNotBelieved() throws {
        let segments = try Segments(workers: 1, places: 1)
        var worker = LineWorker(segments, 0)
        segments.parent.open(place: 0, generation: 1, sequence: 0, segments.oneItem(0, at: 0))
        let claim = worker.claim()
        worker.leave(try #require(claim))
        #expect(segments.parent.hasLeft(place: 0, generation: 1))
        segments.parent.close(place: 0, generation: 1)
        segments.parent.open(place: 0, generation: 2, sequence: 1, segments.oneItem(1, at: 0))
        #expect(!segments.parent.hasLeft(place: 0, generation: 2))
    }

    @Test func aReopenedPlaceIsClaimedUnderItsNewGeneration() throws {
        let segments = try Segments(workers: 2, places: 1)
        var dying = LineWorker(segments, 0)
        var other = LineWorker(segments, 1)
        segments.parent.open(place: 0, generation: 1, sequence: 0, segments.oneItem(0, at: 0))
        #expect(dying.claim()?.generation == 1)
        #expect(other.claim() == nil)
        // The worker was reaped.
        segments.parent.close(place: 0, generation: 1)
        segments.parent.open(place: 0, generation: 2, sequence: 1, segments.oneItem(0, at: 0))
        #expect(other.claim()?.generation == 2)
        #expect(segments.parent.look(at: 0, generation: 2).claimer == 1)
    }

    @Test func aReopenedPlaceRemembersNothing() throws {
        let segments = try Segments(workers: 1, places: 1)
        let worker = try segments.attach(0)
        segments.parent.open(place: 0, generation: 1, sequence: 0, segments.oneItem(0, at: 0))
        var chunk = try #require(worker.claim())
        chunk.output.refill(Range(segments.layout.resultData))
        chunk.fail(0, "no")
        chunk.publish(1)
        chunk.giveBack()
        _ = chunk.leave(after: .nanoseconds(7))
        segments.parent.close(place: 0, generation: 1)
        segments.parent.open(place: 0, generation: 2, sequence: 1, segments.oneItem(0, at: 0))
        let report = segments.parent.look(at: 0, generation: 2)
        #expect(
            [report.done, report.failure, report.wanted, report.nanoseconds, report.overflowUsed] == [0, 0, 0, 0, 0])
    }

    @Test func aClosedPlaceIsNotClaimed() throws {
        let segments = try Segments(workers: 1, places: 1)
        unsafe #expect(procession_claim(segments.line(0), 0) == 0)
        segments.parent.close(place: 0, generation: 7)
        unsafe #expect(procession_claim(segments.line(0), 0) == 0)
    }

    @Test func aClaimedPlaceIsNotClaimedAgain() throws {
        let segments = try Segments(workers: 2, places: 1)
        segments.parent.open(place: 0, generation: 1, sequence: 0, segments.oneItem(0, at: 0))
        unsafe #expect(procession_claim(segments.line(0), 0) == 1)
        unsafe #expect(procession_claim(segments.line(0), 1) == 0)
    }

    @Test func anotherGenerationIsNotRevoked() throws {
        let segments = try Segments(workers: 1, places: 1)
        segments.parent.open(place: 0, generation: 2, sequence: 0, segments.oneItem(0, at: 0))
        #expect(!segments.parent.revoke(place: 0, generation: 1))
        #expect(segments.parent.revoke(place: 0, generation: 2))
    }

    @Test func aPlaceOfAnotherGenerationNamesNoClaimer() throws {
        let segments = try Segments(workers: 1, places: 1)
        segments.parent.open(place: 0, generation: 3, sequence: 0, segments.oneItem(0, at: 0))
        #expect(segments.parent.look(at: 0, generation: 3).claimer == nil)
        unsafe #expect(procession_claim(segments.line(0), 0) == 3)
        #expect(segments.parent.look(at: 0, generation: 3).claimer == 0)
        #expect(segments.parent.look(at: 0, generation: 2).claimer == nil)
        segments.parent.close(place: 0, generation: 3)
        #expect(segments.parent.look(at: 0, generation: 3).claimer == nil)
    }

    @Test func theLargestGenerationAndWorkerFitTheOwnerWord() throws {
        let segments = try Segments(workers: 1, places: 1)
        let generation = (1 << 48) - 1
        segments.parent.open(place: 0, generation: generation, sequence: 0, segments.oneItem(0, at: 0))
        unsafe #expect(procession_claim(segments.line(0), 0xefff) == UInt64(generation))
        #expect(segments.parent.look(at: 0, generation: generation).claimer == 0xefff)
    }

    @Test(arguments: [-1, 1, Int.max]) func trapsOnAPlaceThatDoesNotExist(place: Int) async {
        await #expect(processExitsWith: .failure) { [place] in
            _ = try Segments(workers: 1, places: 1).parent.hasLeft(place: place, generation: 1)
        }
    }
}
