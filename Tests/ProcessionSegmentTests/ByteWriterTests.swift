import ProcessionSegment
import TestSupport
import Testing

struct ByteWriterTests {
    @Test func fillsItsMemoryToTheLastByte() {
        let bytes = Bytes(8)
        var writer = bytes.writer(capacity: 8)
        writer.append("1234567")
        writer.append(UInt8(ascii: "8"))
        #expect(bytes.prefix(8) == Array("12345678".utf8))
        #expect(!writer.isFull)
    }

    @Test func countsOnPastItsEnd() {
        var writer = Bytes(4).writer(capacity: 4)
        writer.append("12345")
        writer.append(UInt8(0))
        writer.append("67")
        #expect(writer.wanted == 8)
        #expect(writer.isFull)
    }

    @Test func neverWritesPastItsEnd() {
        let bytes = Bytes(4)
        var writer = bytes.writer(capacity: 4)
        writer.append("123")
        writer.append("456")
        for _ in 0..<100 { writer.append(UInt8(1)) }
        writer.append(String(repeating: "x", count: 100))
        #expect(bytes.isFenceIntact)
    }

    @Test func hasNoRoomAtAll() {
        let bytes = Bytes(0)
        var writer = bytes.writer(capacity: 0)
        writer.append(UInt8(1))
        writer.append("")
        writer.append("x")
        #expect(writer.wanted == 2)
        #expect(bytes.isFenceIntact)
    }

    @Test func knowsTheLastByteThatFoundRoom() {
        let bytes = Bytes(3)
        var writer = bytes.writer(capacity: 2)
        #expect(writer.last == nil)
        writer.append("12")
        #expect(writer.last == UInt8(ascii: "2"))
        writer.append("3")
        #expect(writer.last == nil)
    }

    @Test func writesWhatAListWouldHold() {
        let seed = printedSeed()
        var numbers = SplitMix(seed: seed)
        for _ in 0..<2000 {
            let capacity = Int.random(in: 0...40, using: &numbers)
            let bytes = Bytes(capacity)
            var writer = bytes.writer(capacity: capacity)
            var model: [UInt8] = []
            for _ in 0..<30 {
                switch Int.random(in: 0..<6, using: &numbers) {
                case 0:
                    let byte = UInt8.random(in: 0...255, using: &numbers)
                    writer.append(byte)
                    model.append(byte)
                case 1:
                    let part = (0..<Int.random(in: 0...9, using: &numbers)).map { UInt8($0) }
                    writer.append(part.span)
                    model += part
                case 2:
                    writer.append("añb")
                    model += "añb".utf8
                case 3:
                    let (word, count) = (
                        UInt64.random(in: 0 ... .max, using: &numbers), Int.random(in: 0...8, using: &numbers)
                    )
                    writer.append(word: word, count: count)
                    for place in 0..<count { model.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
                case 4:
                    // Of what fits, some is kept, and what stands behind that is written over.
                    let byte = UInt8.random(in: 0...255, using: &numbers)
                    var kept = 0
                    writer.fill { target in
                        for place in target.indices { target[place] = byte }
                        kept = Int.random(in: 0...target.count, using: &numbers)
                        return kept
                    }
                    model += Array(repeating: byte, count: kept)
                default:
                    let count = Int.random(in: model.count / 2...model.count, using: &numbers)
                    writer.rewind(to: count)
                    model.removeSubrange(count...)
                }
            }
            let written = min(writer.wanted, capacity)
            #expect(writer.wanted == model.count, "seed \(seed)")
            #expect(bytes.prefix(written) == Array(model.prefix(written)), "seed \(seed)")
            #expect(bytes.isFenceIntact, "seed \(seed)")
        }
    }

    @Test func collectsWhatFits() {
        // A text that does not fit leaves no gap of bytes that nobody wrote.
        let collected = ByteWriter.collect(capacity: 6) { writer in
            writer.append("1234")
            writer.append("5678")
        }
        #expect(collected == Array("123456".utf8))
    }

    @Test func collectsNothingIntoNothing() {
        #expect(ByteWriter.collect(capacity: 0) { $0.append("x") } == [])
    }

    @Test func trapsWhenRewoundForward() async {
        await #expect(processExitsWith: .failure) {
            var writer = Bytes(8).writer(capacity: 8)
            writer.append("12")
            writer.rewind(to: 3)
        }
    }

    @Test func trapsWhenRewoundBelowZero() async {
        await #expect(processExitsWith: .failure) {
            var writer = Bytes(8).writer(capacity: 8)
            writer.rewind(to: -1)
        }
    }
}
