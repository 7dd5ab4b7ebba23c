import ProcessionRecords
import ProcessionSystem
import TestSupport
import Testing

@testable import ProcessionCLI

/// Plan, manifests, and what makes shards belong together: as values, without a file.
@Suite struct ShardFileTests {
    static let plan = plan(shards: 3, index: nil)

    static func plan(
        shards: Int, index: RecordIndex?, columns: [String] = ["v=upper"], onError: OnError = .fail, size: Int = 30,
        modified: Int = 7
    ) -> ShardPlan {
        let columns = columns.map { try! Column(parsing: Array($0.utf8)) }
        let plan = try! RecordPlan(input: .lines, output: .json, .columns(columns, .keyed))
        return ShardPlan(
            plan, command: Fingerprint(plan: plan, command: nil), onError: onError, shards: shards, size: size,
            modified: modified, index: index)
    }

    /// The manifest of a third of 30 bytes in as many records.
    static func manifest(_ number: Int, _ change: (inout ShardManifest) -> Void = { _ in }) -> ShardManifest {
        var manifest = ShardManifest(
            plan: plan.id, shard: Shard(number: number, count: 3), attempt: "0000\(number).h.1.ab", host: "h")
        manifest.bytes = number * 10..<number * 10 + 10
        // Without an index every shard counts from its own beginning.
        manifest.records = 0..<10
        manifest.lines = 1..<11
        manifest.data = [.init(name: "0000\(number).h.1.ab.out", bytes: 5, sum: CRC64(value: 9))]
        change(&manifest)
        return manifest
    }

    // MARK: What is read back

    @Test func aPlanIsReadBack() throws {
        #expect(try ShardPlan(parsing: Array(Self.plan.text.utf8), named: "p") == Self.plan)
        #expect(Self.plan.text.split(separator: "\n").count == 1)
        #expect(Self.plan.opening == Array("{".utf8) && Self.plan.separator == UInt8(ascii: ","))
    }

    @Test func aTornPlanIsRefused() {
        let text = Array(Self.plan.text.utf8)
        for count in 0..<text.count - 1 {
            #expect(throws: ShardRefusal.self) { try ShardPlan(parsing: Array(text[..<count]), named: "p") }
        }
    }

    @Test func aPlanOfAnotherVersionIsNamed() {
        let text = Self.plan.text.replacing("\"format\":1", with: "\"format\":2")
        #expect(throws: ShardRefusal.planIsOfOtherFormat("p", 2)) {
            try ShardPlan(parsing: Array(text.utf8), named: "p")
        }
    }

    @Test func aManifestIsReadBackAndEveryTornOrFlippedOneIsNone() {
        let manifest = Self.manifest(1) {
            $0.state = .malformed
            $0.failed = 2
            $0.failures = [ShownFailure(index: 4, line: nil, key: "k\u{1}\"ä", reason: String(given: [0xFF, 0x0A]))]
            $0.syntax = RecordSyntaxError(message: "no", line: 3, offset: FileOffset(bytes: 12))
            $0.input = "a \"file\""
            $0.figures.seconds = 0.25
        }
        let text = Array(manifest.text.utf8)
        #expect(ShardManifest(parsing: text) == manifest)
        // The end of the line says nothing.
        for count in 0..<text.count - 1 { #expect(ShardManifest(parsing: Array(text[..<count])) == nil) }
        for place in text.indices.dropLast() {
            var damaged = text
            damaged[place] ^= 1
            #expect(ShardManifest(parsing: damaged) == nil, "byte \(place)")
        }
    }

    @Test func anyBytesComeBackFromBase64() {
        var random = SplitMix(seed: printedSeed())
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(JSONValue.base64(bytes).bytes == bytes)
        }
        #expect(JSONValue.base64(Array("any carnal pleas".utf8)).text == "YW55IGNhcm5hbCBwbGVhcw==")
    }

    // MARK: What differs

    @Test(arguments: [
        (plan(shards: 4, index: nil), "planned for 3 shards, and not for 4"),
        (
            plan(shards: 3, index: nil, columns: ["v=lower"]),
            "begun with --column v=upper, and this is with --column v=lower"
        ),
        (plan(shards: 3, index: nil, onError: .skip), "--on-error fail, and this is with --on-error skip"),
        (plan(shards: 3, index: nil, size: 31), "had 30 bytes, and this has 31"),
        (plan(shards: 3, index: nil, modified: 8), "was written to since"),
    ])
    func theDifferenceIsNamed(_ wanted: ShardPlan, _ difference: String) {
        #expect(Self.plan.difference(from: wanted)?.contains(difference) == true)
        #expect(Self.plan.difference(from: Self.plan) == nil)
        #expect(wanted.id != Self.plan.id)
    }

    @Test func anotherVersionOfTheProgramIsNamed() {
        var older = Self.plan
        older.program = "0.0.1"
        #expect(older.difference(from: Self.plan)?.contains("procession 0.0.1") == true)
    }

    // MARK: The chain

    private func chain(_ manifests: ShardManifest...) throws(ShardRefusal) -> ShardChain {
        var chain = ShardChain(Self.plan)
        for manifest in manifests { try chain.take(manifest) }
        try chain.checkEnd()
        return chain
    }

    @Test func numbersAreThoseOfTheWhole() throws {
        let failure = ShownFailure(index: 4, line: 5, key: "k", reason: "no")
        let good = try chain(
            Self.manifest(0), Self.manifest(1) { ($0.failed, $0.failures) = (1, [failure]) }, Self.manifest(2))
        #expect(good.isWhole && good.records == 30 && good.failed == 1)
        #expect(good.failures == [ShownFailure(index: 14, line: 15, key: "k", reason: "no")])
    }

    @Test func whatIsBehindAShardThatStopsIsNotNeeded() throws {
        var chain = ShardChain(Self.plan)
        try chain.take(Self.manifest(0))
        try chain.take(
            Self.manifest(1) {
                $0.state = .malformed
                $0.syntax = RecordSyntaxError(message: "no", line: 3, offset: FileOffset(bytes: 12))
            })
        #expect(chain.isWhole)
        #expect(
            chain.stop as? RecordSyntaxError
                == RecordSyntaxError(message: "no", line: 13, offset: FileOffset(bytes: 12)))
    }

    @Test(arguments: [
        (manifest(1) { $0.bytes = 11..<20 }, "a gap"), (manifest(1) { $0.bytes = 9..<20 }, "an overlap"),
        (manifest(2), "another plan"),
    ])
    func whatDoesNotContinueIsRefused(_ second: ShardManifest, _ reason: String) {
        let refusal = #expect(throws: ShardRefusal.self) { try chain(Self.manifest(0), second, Self.manifest(2)) }
        #expect(refusal?.description.contains(reason) == true)
        #expect(refusal?.description.contains("--array=") == true)
    }

    @Test func aForeignManifestIsRefused() {
        let foreign = ShardManifest(plan: "other", shard: Shard(number: 0, count: 3), attempt: "a", host: "h")
        #expect(throws: ShardRefusal.self) { try chain(foreign) }
    }

    @Test func anEndThatIsNotThatOfTheInputIsRefused() {
        #expect(throws: ShardRefusal.self) {
            try chain(Self.manifest(0), Self.manifest(1), Self.manifest(2) { $0.bytes = 20..<29 })
        }
    }

    @Test func changedInputIsFoundByTheSumOfTheIndex() throws {
        let text = Array("0123456789".utf8)
        let index = RecordIndex(
            format: .lines, size: 10, modified: 1, sum: CRC64(of: text[...]), records: 2, lines: 1, entries: [])
        let plan = Self.plan(shards: 2, index: index, size: 10)
        for (second, isGood) in [("56789", true), ("56780", false)] {
            var chain = ShardChain(plan)
            for (number, part) in ["01234", second].enumerated() {
                var manifest = ShardManifest(
                    plan: plan.id, shard: Shard(number: number, count: 2), attempt: "a", host: "h")
                manifest.bytes = number * 5..<number * 5 + 5
                manifest.records = number..<number + 1
                manifest.sum = CRC64(of: Array(part.utf8)[...])
                try chain.take(manifest)
            }
            if isGood {
                try chain.checkEnd()
            } else {
                let refusal = #expect(throws: ShardRefusal.self) { try chain.checkEnd() }
                #expect(refusal?.description.contains("the input was changed") == true)
            }
        }
    }

    @Test func numbersAreSpelledAsAnArrayTakesThem() {
        #expect(ShardChain.spelling(of: []) == "")
        #expect(ShardChain.spelling(of: [3, 17, 40, 41, 42]) == "3,17,40-42")
        #expect(ShardChain.spelling(of: [0, 1]) == "0-1")
    }

    @Test func onlyOurOwnNamesAreThoseOfShards() {
        #expect(ShardDirectory.shard(of: "00007.json") == 7)
        #expect(ShardDirectory.shard(of: "00012.n2.4711.9f3ac210.out") == 12)
        #expect(ShardDirectory.shard(of: "1000000.n2.1.0.ckpt") == 1_000_000)
        for name in ["plan.json", "7.json", "00007", "+0007.json", "0000007.out", ""] {
            #expect(ShardDirectory.shard(of: name) == nil, "\(name)")
        }
    }
}
