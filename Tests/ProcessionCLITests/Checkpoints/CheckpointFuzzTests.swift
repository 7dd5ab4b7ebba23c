import ProcessionSystem
import TestSupport
import Testing

@testable import ProcessionCLI

/// Checkpoints whose check sums are right and whose bytes are not.
@Suite struct CheckpointFuzzTests {
    @Test func aHeaderOfAnyBytesIsReadOrRefused() {
        let seed = printedSeed()
        var random = SplitMix(seed: seed)
        let parts = [
            Fingerprint.Part(flag: "--column", value: "v=upper"), Fingerprint.Part(flag: "--exec", value: nil),
        ]
        let header = CheckpointHeader(
            program: "1.0", inputSize: 100, inputModified: 7, command: Fingerprint(parts: parts))
        let sound = header.encoded()
        var read = 0
        for _ in 0..<5000 {
            var body = Array(sound[24..<sound.count - 8])
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: body.indices, using: &random)
                switch random.next() % 3 {
                case 0: body[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: body.removeLast(min(body.count - 1, place % 9))
                default: body.insert(contentsOf: repeatElement(0xff, count: place % 9), at: place)
                }
            }
            guard let log = try? CheckpointLog(parsing: sealed(body, like: sound)) else { continue }
            read += 1
            #expect(log.last == nil && log.header.inputSize >= 0, "seed \(seed)")
        }
        #expect(read > 0)
    }

    /// The body behind magic and format, with its length before it and its check sum behind it.
    private func sealed(_ body: [UInt8], like sound: [UInt8]) -> [UInt8] {
        func number(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        let bytes = sound[..<16] + number(UInt64(24 + body.count + 8)) + body
        return bytes + number(CRC64(of: bytes[...]).value)
    }
}
