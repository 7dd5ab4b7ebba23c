import ProcessionRecords
import ProcessionSystem
import TestSupport
import Testing

@testable import ProcessionCLI

/// The bytes of a checkpoint: whatever is done to them, they are refused or say something that was true.
struct CheckpointFileTests {
    private static let parts = [
        Fingerprint.Part(flag: "--from", value: "csv"), Fingerprint.Part(flag: "--key", value: nil),
        Fingerprint.Part(flag: "--append", value: ""), Fingerprint.Part(flag: "--column", value: "größe=length@ß"),
    ]

    private static let header = CheckpointHeader(
        program: "0.1.0", inputSize: 1 << 40, inputModified: 1_700_000_000_000_000_001,
        command: Fingerprint(parts: parts))

    /// The entries of a run whose every number is different.
    private static let entries = (1...50).map { number in
        var position = RunPosition()
        position.border.offset = FileOffset(bytes: number << 33 + 1)
        position.border.line = number << 20 + 2
        position.border.place = number % 2 == 0 ? .next : .after
        position.inputSum = CRC64(of: Array("\(number)".utf8)[...])
        position.records = number << 16 + 3
        position.failed = number + 4
        position.output = FileOffset(bytes: number << 34 + 5)
        return CheckpointEntry(
            position: position, tailSum: UInt64(number) << 40, onError: number % 3 == 0 ? .skip : .null,
            isComplete: number == 50)
    }

    private static let headerBytes = header.encoded()
    private static let log =
        headerBytes + entries.flatMap { $0.encoded(below: CheckpointHeader.sum(of: headerBytes)) }

    @Test func theCheckSumIsThatOfXZ() {
        #expect(CRC64(of: Array("123456789".utf8)[...]).value == 0x995D_C9BB_DF19_39FA)
    }

    @Test func theCheckSumDoesNotDependOnHowTheBytesCome() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let whole = CRC64(of: bytes[...])
        for cut in 0...40 {
            var sum = CRC64()
            sum.add(bytes.span.extracting(..<cut))
            sum = CRC64(value: sum.value)
            sum.add(bytes.span.extracting(cut...))
            #expect(sum == whole)
        }
    }

    @Test func whatWasWrittenIsRead() throws {
        let found = try CheckpointLog(parsing: Self.log)
        #expect(found.header == Self.header)
        #expect(found.last == Self.entries.last)
        #expect(found.end == Self.log.count)
    }

    @Test func atEveryLengthTheLastWholeEntryCounts() throws {
        for length in 0...Self.log.count {
            let bytes = Array(Self.log[..<length])
            guard length >= Self.headerBytes.count else {
                #expect(throws: CheckpointRefusal.self) { try CheckpointLog(parsing: bytes) }
                continue
            }
            let whole = (length - Self.headerBytes.count) / CheckpointEntry.byteCount
            let found = try CheckpointLog(parsing: bytes)
            #expect(found.last == (whole == 0 ? nil : Self.entries[whole - 1]))
            #expect(found.end == Self.headerBytes.count + whole * CheckpointEntry.byteCount)
        }
    }

    @Test func aLastEntryThatMissedTheDiskIsTornToo() throws {
        let zeros = [UInt8](repeating: 0, count: CheckpointEntry.byteCount)
        #expect(try CheckpointLog(parsing: Self.log + zeros).last == Self.entries.last)
        #expect(throws: CheckpointRefusal.isDamaged(at: Self.log.count)) {
            try CheckpointLog(parsing: Self.log + zeros + zeros)
        }
    }

    @Test func anEntryCountsBelowItsOwnHeaderOnly() throws {
        var other = Self.header
        other.inputModified += 1
        let bytes = other.encoded() + Self.log[Self.headerBytes.count...]
        #expect(throws: CheckpointRefusal.isDamaged(at: Self.headerBytes.count)) { try CheckpointLog(parsing: bytes) }
    }

    /// Set PROCESSION_FLIPS for more than the usual 3000, and PROCESSION_SEED to have them again.
    @Test func noFlippedBitsAreBelieved() throws {
        let seed = printedSeed()
        let count = environment("PROCESSION_FLIPS", or: 3000)
        print("\(count) flips")
        var random = SplitMix(seed: seed)
        var refused = 0
        for _ in 0..<count {
            // Short logs, too, so that the header is hit often enough.
            let entries = Int.random(in: 1...Self.entries.count, using: &random)
            var bytes = Array(Self.log[..<(Self.headerBytes.count + entries * CheckpointEntry.byteCount)])
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            // The same bit twice is no flip.
            guard let first = bytes.indices.first(where: { bytes[$0] != Self.log[$0] }) else { continue }
            do {
                let found = try CheckpointLog(parsing: bytes)
                let isTrue =
                    found.header == Self.header && first >= bytes.count - CheckpointEntry.byteCount
                    && found.last == (entries == 1 ? nil : Self.entries[entries - 2])
                #expect(isTrue, "believed: \(entries) entries, flipped from byte \(first)")
            } catch {
                refused += 1
            }
        }
        print("\(refused) refused, the others fell back on the entry before the last")
        #expect(refused > count / 2 && refused < count)
    }

    @Test func bytesOfSomethingElseAreNoCheckpoint() {
        for text in ["", "prcs", "id,name\n1,one\n", "prcs-ckq" + String(repeating: "x", count: 100)] {
            #expect(throws: CheckpointRefusal.isNoCheckpoint) { try CheckpointLog(parsing: Array(text.utf8)) }
        }
    }

    @Test func anotherFormatIsNamed() {
        var bytes = Self.log
        bytes[8] = 7
        #expect(throws: CheckpointRefusal.isOfOtherFormat(7)) { try CheckpointLog(parsing: bytes) }
    }

    // MARK: What a run is

    /// A command, as far as it decides what is written.
    struct Command: CustomTestStringConvertible {
        var formats: [RecordFormat] = [.csv, .csv]
        var columns = ["v=double"]
        var key: String?
        var value: String?
        var append = false
        var exec: String?
        var answers: Answers?
        var sent: SentForm?

        var testDescription: String { "\(formats) \(columns) \(key ?? "") \(value ?? "") \(append) \(exec ?? "")" }

        func fingerprint() throws -> Fingerprint {
            let columns = try columns.map { try Column(parsing: $0) }
            let plan = try RecordPlan(
                input: formats[0], output: formats[1],
                answers.map { .answers($0, beside: columns, .keyed) }
                    ?? (exec == nil ? .columns(columns, append ? .appended : .keyed) : .filter),
                key: key.map { FieldName($0) }, value: value.map { FieldName($0) }, sent: sent)
            return Fingerprint(plan: plan, command: exec)
        }
    }

    @Test(arguments: [
        (Command(columns: ["v=upper"]), "begun with --column v=double, and this is with --column v=upper"),
        (Command(columns: ["v=double@n"]), "--column v=double@n"),
        (Command(columns: ["v=double", "w=upper"]), "no further --column, and this is with --column w=upper"),
        (Command(columns: [], exec: "cat"), "no --exec, and this is with --exec cat"),
        (Command(columns: [], exec: "sed s/a/b/\n"), #"--exec "sed s/a/b/\n""#),
        (Command(formats: [.csv, .ndjson]), "--to csv, and this is with --to ndjson"),
        (Command(formats: [.tsv, .csv]), "--from csv, and this is with --from tsv"),
        (Command(key: "id"), "no --key, and this is with --key id"),
        (Command(value: "n"), "no --value, and this is with --value n"),
        (Command(append: true), "no --append, and this is with --append"),
    ])
    func everythingThatChangesTheOutputIsNamed(_ other: Command, _ words: String) throws {
        let difference = try Command().fingerprint().difference(from: other.fingerprint())
        #expect(difference?.contains(words) == true, "\(difference ?? "none")")
        #expect(try other.fingerprint().difference(from: Command().fingerprint()) != nil)
        #expect(try other.fingerprint().difference(from: other.fingerprint()) == nil)
    }

    @Test(arguments: [
        ("a:bool", Answers.Form.tsv, SentForm.json, "--answers a:bool,b:text, and this is with --answers a:bool"),
        ("a:bool,b", .json, .json, "--answers-format tsv, and this is with --answers-format json"),
        ("a:bool,b:text", .tsv, .tsv, "--send json, and this is with --send tsv"),
        ("", .tsv, .json, "--answers-format tsv, and this is with no --answers-format"),
    ])
    func whatAFilterIsSentAndAnswersIsNamed(
        _ names: String, _ form: Answers.Form, _ sent: SentForm, _ words: String
    ) throws {
        func fingerprint(_ names: String, _ form: Answers.Form, _ sent: SentForm) throws -> Fingerprint {
            let columns = names.isEmpty ? nil : try AnswerColumn.list(parsing: Array(names.utf8))
            return try Command(columns: [], exec: "cat", answers: columns.map { Answers($0, form) }, sent: sent)
                .fingerprint()
        }
        let begun = try fingerprint("a:bool,b", .tsv, .json)
        #expect(try begun.difference(from: fingerprint(names, form, sent))?.contains(words) == true)
        #expect(begun.difference(from: begun) == nil)
    }

    @Test func theOrderOfColumnsCounts() throws {
        let there = try Command(columns: ["v=double", "w=upper"]).fingerprint()
        let back = try Command(columns: ["w=upper", "v=double"]).fingerprint()
        #expect(there.difference(from: back) != nil)
    }

    // MARK: The trail

    @Test func onlyWhatIsWrittenUpToTheEndOfAChunkIsTold() {
        var trail = Trail(from: RunPosition())
        for (records, offset) in [(10, 100), (20, 200), (30, 300)] {
            var border = RecordSplitter.Border()
            border.offset = FileOffset(bytes: offset)
            trail.cut(records: records, border: border, inputSum: CRC64(value: UInt64(offset)))
        }
        // A chunk in two parts, of which the first is no place to go on from.
        trail.accept(records: 4, failed: 0, output: FileOffset(bytes: 40))
        trail.settle(FileOffset(bytes: 40))
        #expect(trail.written == RunPosition())
        trail.accept(records: 10, failed: 1, output: FileOffset(bytes: 90))
        trail.settle(FileOffset(bytes: 89))
        #expect(trail.written == RunPosition())
        trail.accept(records: 20, failed: 2, output: FileOffset(bytes: 180))
        trail.settle(FileOffset(bytes: 179))
        #expect(trail.written.records == 10 && trail.written.failed == 1 && trail.written.border.offset.bytes == 100)
        #expect(trail.written.output.bytes == 90 && trail.written.inputSum.value == 100)
        trail.accept(records: 30, failed: 2, output: FileOffset(bytes: 180))
        trail.settle(FileOffset(bytes: 180))
        #expect(trail.written.records == 30 && trail.written.border.offset.bytes == 300)
    }
}
