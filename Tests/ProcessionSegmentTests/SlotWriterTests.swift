import TestSupport
import Testing

@testable import ProcessionSegment

struct SlotWriterTests {
    @Test func valuesLieInEachOtherAsDeepAsAReaderGoes() {
        var writer = Bytes(64).output()
        let hasEntered = (0...(_SlotReader.deepest)).map { _ in writer.enter() }
        #expect(hasEntered.dropLast().allSatisfy { $0 } && hasEntered.last == false)
        #expect(writer.isFull && writer.isTooDeep)
    }

    @Test func storesTheFirstAndTheLastBytesAndNoOthers() {
        let bytes = Bytes(64)
        bytes.output().store(UInt64.max, at: 0)
        bytes.output().store(UInt64.max, at: 56)
        let ones = Array(repeating: UInt8(255), count: 8)
        #expect(bytes.prefix(64) == ones + Array(repeating: 0, count: 48) + ones)
        #expect(bytes.isFenceIntact)
    }

    @Test(arguments: SlotReaderTests.outside) func trapsOnAStoreOutside(offset: Int) async {
        await #expect(processExitsWith: .failure) { [offset] in Bytes(64).output().store(UInt64(1), at: offset) }
    }

    @Test func trapsOnAStoreLargerThanTheSegment() async {
        await #expect(processExitsWith: .failure) { Bytes(4).output().store(UInt64(1), at: 0) }
    }

    @Test(arguments: SlotReaderTests.outside) func trapsOnBytesOutside(offset: Int) async {
        await #expect(processExitsWith: .failure) { [offset] in
            let eight: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
            Bytes(64).output().store(bytes: eight.span, at: offset)
        }
    }

    @Test(arguments: SlotReaderTests.outside) func trapsOnElementsOutside(offset: Int) async {
        await #expect(processExitsWith: .failure) { [offset] in
            Bytes(64).output().store(elements: [UInt64(1)].span, at: offset)
        }
    }

    @Test func storesAsManyBytesAsThereAre() {
        let bytes = Bytes(64)
        bytes.output().store(bytes: Array(repeating: UInt8(7), count: 64).span, at: 0)
        #expect(bytes.prefix(64) == Array(repeating: 7, count: 64))
        #expect(bytes.isFenceIntact)
    }

    @Test func holdsWhatLiesInsideAndNothingElse() {
        let output = Bytes(64).output()
        for (offset, count) in SlotReaderTests.damaged { #expect(!output.holds(offset, count), "\(offset), \(count)") }
        for (offset, count) in [(0, 64), (63, 1), (64, 0), (0, 0)] { #expect(output.holds(offset, count)) }
    }

    @Test func nothingCanBeStoredAtTheVeryEnd() {
        let nothing: [UInt8] = []
        Bytes(64).output().store(bytes: nothing.span, at: 64)
        Bytes(64).output().store(elements: [UInt64]().span, at: 64)
    }

    @Test func reservesFromTheNearEndInWordsOfEight() {
        var output = Bytes(64).output(overflow: 8..<64)
        #expect(output.reserve(1) == 8)
        #expect(output.reserve(8) == 16)
        #expect(output.reserve(9) == 24)
        #expect(output.reserve(0) == 40)
        #expect(output.free == 40..<64)
    }

    @Test func reservesFromTheFarEndInWordsOfEight() {
        var output = Bytes(64).output(overflow: 8..<61)
        #expect(output.reserveAtEnd(1) == 48)
        #expect(output.reserveAtEnd(24) == 24)
        #expect(output.free == 8..<24)
    }

    @Test func bothEndsMeetInTheMiddleAndThenItIsFull() {
        var output = Bytes(64).output(overflow: 0..<64)
        #expect(output.reserve(32) == 0)
        #expect(output.reserveAtEnd(32) == 32)
        #expect(!output.isFull)
        #expect(output.reserve(1) == nil)
        #expect(output.isFull)
    }

    @Test func theFarEndIsFullWhenItReachesTheNear() {
        var output = Bytes(64).output(overflow: 0..<64)
        #expect(output.reserve(40) == 0)
        #expect(output.reserveAtEnd(25) == nil)
        #expect(output.isFull)
        #expect(output.free == 40..<64)
    }

    @Test func whatIsFullStaysFullForSmallerPieces() {
        // Else an item would be half stored, with its small pieces only.
        var output = Bytes(64).output(overflow: 0..<64)
        #expect(output.reserve(65) == nil)
        #expect(output.reserve(8) == nil)
        #expect(output.reserveAtEnd(8) == nil)
    }

    @Test func asksForEverythingThatWasWanted() {
        var output = Bytes(64).output(overflow: 0..<64)
        for count in [60, 100, 7, 8] { _ = output.reserve(count) }
        #expect(output.asked == 64 + 104 + 8 + 8)
    }

    @Test func whatWasAskedForIsEnoughTheNextTime() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        let bytes = Bytes(8192)
        for _ in 0..<2000 {
            let wishes = (0..<Int.random(in: 1...20, using: &numbers)).map { _ in
                (Int.random(in: 0...100, using: &numbers), Bool.random(using: &numbers))
            }
            func ask(_ output: inout _SlotWriter) {
                for (count, atEnd) in wishes { _ = atEnd ? output.reserveAtEnd(count) : output.reserve(count) }
            }
            var output = bytes.output(overflow: 0..<0)
            ask(&output)
            let wanted = output.asked
            // At any end: the far one need not lie at a multiple of eight.
            output.refill(128..<128 + wanted + Int.random(in: 0...7, using: &numbers))
            ask(&output)
            #expect(!output.isFull, "\(wishes) asked for \(wanted), which is not enough; seed \(seed)")
        }
    }

    @Test func refillsAndForgetsThatItWasFull() {
        var output = Bytes(64).output(overflow: 0..<8)
        #expect(output.reserve(9) == nil)
        output.refill(16..<64)
        #expect(output.reserve(9) == 16)
        #expect(output.asked == 16)
    }

    @Test func refusingMakesItFullAndAsks() {
        var output = Bytes(64).output(overflow: 0..<64)
        output.refuse(1000)
        #expect(output.isFull)
        #expect(output.asked == 1000)
    }

    @Test func takesWhatAWriterWrote() {
        let bytes = Bytes(64)
        var output = bytes.output(overflow: 16..<64)
        var writer = output.freeBytes()
        writer.append("hello")
        output.take(writer.wanted)
        #expect(output.free == 21..<64)
        #expect(bytes.input.text(at: 16, count: 5) == "hello")
    }

    @Test func aWriterHasRoomForWhatIsFreeOnly() {
        #expect(Bytes(64).output(overflow: 16..<48).freeBytes().capacity == 32)
    }

    @Test(arguments: [-1, -8, Int.min, Int.max, Int.max - 6]) func trapsWhenASizeIsNoSize(count: Int) async {
        await #expect(processExitsWith: .failure) { [count] in
            var output = Bytes(64).output(overflow: 32..<64)
            _ = output.reserve(count)
        }
    }
}
