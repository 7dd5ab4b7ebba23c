import FuzzTargets
import Glibc
import ProcessionSystem
import TestSupport
import Testing

/// Every case that fuzzing has brought up, and a little chance. A target that finds something wrong ends the process,
/// so each runs in one of its own.
@Suite struct ReplayTests {
    @Test(arguments: FuzzTarget.allCases) func theCorpusIsTakenWell(_ target: FuzzTarget) async throws {
        #expect(try corpus(target).count >= 3)
        let name = target.rawValue
        await #expect(processExitsWith: .success) { [name = name as String] in
            let target = FuzzTarget(rawValue: name)!
            for (_, bytes) in try corpus(target) { target.run(bytes) }
        }
    }

    @Test(arguments: FuzzTarget.allCases) func chanceIsTakenWell(_ target: FuzzTarget) async throws {
        let seed = printedSeed()
        let name = target.rawValue
        await #expect(processExitsWith: .success) { [name = name as String, seed = seed as UInt64] in
            let target = FuzzTarget(rawValue: name)!
            var random = SplitMix(seed: seed)
            let cases = try corpus(target).map(\.bytes)
            for _ in 0..<1500 {
                var bytes = cases.randomElement(using: &random)!
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    damage(&bytes, with: cases.randomElement(using: &random)!, &random)
                }
                target.run(bytes)
            }
        }
    }
}

/// The files of a target, which lie beside the sources.
private func corpus(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let sources = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let directory = "/\(sources)/Corpus/\(target.rawValue)"
    // Safe: the stream is closed below, and an entry is read before the next takes its place.
    guard let stream = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
            unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return try names.sorted().map { ($0, try File.contents(of: "\(directory)/\($0)")) }
}

/// One change: a byte, a bit, a piece taken out, or a piece of another case put in.
private func damage(_ bytes: inout [UInt8], with other: [UInt8], _ random: inout SplitMix) {
    guard !bytes.isEmpty else { return bytes = other }
    let place = Int.random(in: bytes.indices, using: &random)
    switch random.next() % 4 {
    case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 1: bytes[place] ^= 1 << (random.next() % 8)
    case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 16)))
    default: bytes.insert(contentsOf: other.shuffled(using: &random).prefix(Int(random.next() % 16)), at: place)
    }
}
