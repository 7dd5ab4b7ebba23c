import ProcessionRecords
import ProcessionSegment
import Testing

/// Records as an external filter is to read them.
@Suite struct FilterTests {
    private func lines(_ input: String, _ format: RecordFormat, value: String? = nil) throws -> [String] {
        var plan = try RecordPlan(input: format, .filter, value: value.map { FieldName($0) })
        var splitter = RecordSplitter(plan: plan)
        let bytes = Array(input.utf8)
        let cut = try splitter.cut(bytes.span, limit: .max, atEnd: true)
        plan = try plan.with(header: splitter.header ?? [])
        var mapper = try RecordMapper(plan: plan)
        let chunk = Array(bytes[cut.records])
        var position = 0
        return (0..<cut.count).map { _ in
            var line = Array("> ".utf8)
            do {
                try mapper.line(chunk.span, at: &position, index: 0, into: &line)
            } catch {
                return "\(String(decoding: line, as: UTF8.self))\(error)"
            }
            return String(decoding: line, as: UTF8.self)
        }
    }

    @Test func handsOverRecordsAsTheyAre() throws {
        #expect(try lines("a\r\n\nb", .lines) == ["> a\r", "> ", "> b"])
        #expect(try lines("k,v\r\n1, \"2\"\"\"\r\n".replacing(" ", with: ""), .csv) == ["> 1,\"2\"\"\"\r"])
        #expect(try lines("k\tv\n1\t2\n", .tsv) == ["> 1\t2"])
        #expect(try lines("{ \"a\" : 1 }\n", .ndjson) == ["> { \"a\" : 1 }"])
        #expect(try lines("{\"a\": {\n \"b\": \"\\n\" }, \"c\": 1}", .json) == ["> {\"b\":\"\\n\"}", "> 1"])
    }

    @Test func handsOverTheValueFieldWhenOneIsNamed() throws {
        #expect(try lines("k,v\n1,\"2\"\"\"\n", .csv, value: "v") == ["> 2\""])
        #expect(
            try lines("{\"k\":1,\"v\":{\"a\": 1}}\n{\"v\":\"x\"}\n{}", .ndjson, value: "v")
                == ["> {\"a\":1}", "> x", "> the record has no field 'v'"])
    }

    @Test func failsARecordWithANewlineInIt() throws {
        #expect(
            try lines("k,v\n1,\"a\nb\"\n2,c\n", .csv)
                == ["> the record has a newline in it, so it cannot be handed over as one line", "> 2,c"])
    }

    @Test func answersAFailedRecordWithAnEmptyLine() throws {
        var mapper = try RecordMapper(plan: RecordPlan(input: .lines, .filter, emptyWhenFailed: true))
        let bytes = Array("a\nb\n".utf8)
        var (position, ends) = (0, [0])
        let output = ByteWriter.collect(capacity: 8) {
            var columnEnds = ends.mutableSpan
            mapper.mapEmpty(bytes.span, at: &position, index: 0, into: &$0, columnEnds: &columnEnds)
        }
        #expect(output == Array("\n".utf8))
        #expect(position == 2)
        #expect(ends == [1])
    }
}
