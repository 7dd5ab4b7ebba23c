import ProcessionRecords
import Testing

/// Input that is compressed, or in UTF-16 or UTF-32, is known by its first bytes, however few come at a time.
@Suite struct ForeignInputTests {
    private func refusal(_ bytes: [UInt8], _ format: RecordFormat, step: Int) -> RecordSyntaxError? {
        do {
            let plan = try RecordPlan(
                input: format, output: .ndjson, .columns([Column(name: "v", function: .length)], .keyed))
            _ = try run(bytes, plan, step: step)
            return nil
        } catch {
            return error as? RecordSyntaxError
        }
    }

    private func units(_ text: String, before: Int, behind: Int) -> [UInt8] {
        let (before, behind) = ([UInt8](repeating: 0, count: before), [UInt8](repeating: 0, count: behind))
        return text.utf8.flatMap { before + [$0] + behind }
    }

    private func texts(_ format: RecordFormat) -> String {
        switch format {
        case .lines: "some words\nand others\n"
        case .csv: "a,b\n1,2\n"
        case .tsv: "a\tb\n1\t2\n"
        case .ndjson: "{\"key\":1,\"value\":2}\n"
        case .json: "{\"a\":1}\n"
        }
    }

    @Test(arguments: RecordFormat.allCases)
    func wideTextIsRefusedWithAndWithoutItsMark(_ format: RecordFormat) {
        let text = texts(format)
        for (before, behind, code, mark) in [
            (0, 1, "UTF-16LE", [0xFF, 0xFE] as [UInt8]), (1, 0, "UTF-16BE", [0xFE, 0xFF]),
            (0, 3, "UTF-32LE", [0xFF, 0xFE, 0, 0]), (3, 0, "UTF-32BE", [0, 0, 0xFE, 0xFF]),
        ] {
            let bytes = units(text, before: before, behind: behind)
            for step in [1, 3, 1000] {
                let name = code.prefix(6)
                let unmarked = refusal(bytes, format, step: step)
                #expect(unmarked?.foreign?.description == "is in \(name)")
                #expect(unmarked?.foreign?.converter == "iconv -f \(code) -t UTF-8")
                #expect(unmarked?.offset.bytes == 0 && unmarked?.line == 1)
                let marked = refusal(mark + bytes, format, step: step)
                #expect(marked?.foreign?.converter == "iconv -f \(name) -t UTF-8")
            }
        }
    }

    @Test(arguments: RecordFormat.allCases)
    func compressedInputIsRefused(_ format: RecordFormat) {
        let beginnings: [(converter: String, bytes: [UInt8])] = [
            ("zcat", [0x1F, 0x8B, 8]), ("zstd -dc", [0x28, 0xB5, 0x2F, 0xFD]), ("bzip2 -dc", Array("BZh91AY&SY".utf8)),
            ("xz -dc", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), ("lz4 -dc", [4, 0x22, 0x4D, 0x18]),
            ("unzip -p", Array("PK\u{3}\u{4}".utf8)),
        ]
        for (converter, bytes) in beginnings {
            for step in [1, 4, 1000] {
                let refusal = refusal(bytes + [1, 2, 0x0A], format, step: step)
                #expect(refusal?.foreign?.converter == converter)
                #expect(refusal?.foreign?.way(file: "in") == "\(converter) in | procession map …")
            }
        }
    }

    @Test func textThatBeginsAlikeIsMapped() throws {
        for text in ["BZh9", "BZh91AY", "PK\n", "\u{FFFD}", "a\0b\n", "\n\0", "a\0", "(", "7z\n", "L\0\n"] {
            for step in [1, 1000] { #expect(refusal(Array(text.utf8), .lines, step: step) == nil, "\(text)") }
        }
        for bytes: [UInt8] in [[0x1F], [0xFF, 0xFE, 0x0A, 0xC3, 0x28], [0xFE, 0xFF, 0x0A], [0xFF, 0xFE]] {
            for step in [1, 1000] { #expect(refusal(bytes, .lines, step: step) == nil, "\(bytes)") }
        }
    }

    /// A line is not kept back until more comes, unless it has a zero byte in it.
    @Test func everyLineIsCutAsSoonAsItIsThere() throws {
        for first in UInt8.min...UInt8.max where first != 0 {
            var splitter = RecordSplitter(format: .lines)
            let bytes = [first, 0x0A]
            #expect(try splitter.cut(bytes.span, limit: 1, atEnd: false).count == 1, "\(first)")
        }
    }

    @Test func theCommandQuotesTheNameOfTheFile() {
        let foreign = refusal([0x1F, 0x8B], .lines, step: 2)?.foreign
        #expect(foreign?.way(file: "it's in.gz") == "zcat 'it'\\''s in.gz' | procession map …")
        #expect(foreign?.way(file: nil) == "… | zcat | procession map …")
    }
}
