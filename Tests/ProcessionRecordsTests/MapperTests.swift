import ProcessionRecords
import ProcessionSegment
import Testing

/// What the mapper does beside mapping.
@Suite struct MapperTests {
    static let samples: [(RecordFormat, header: String, chunk: String, keys: [String])] = [
        (.lines, "", "x\n\ny", ["1", "2", "3"]),
        (.csv, "k,v\r\n", "a,1\r\n\"b\"\"\nc\",2\r\n", ["a", "b\"\\nc"]),
        (.tsv, "k\tv\n", "\"\t1\n\t2\n", ["\"", ""]),
        (.ndjson, "", "{\"key\":7}\n{\"a\":1} \n", ["7", "2"]),
        (.json, "", "\"a\\n\\u00e9\" : {\"x\":[1]} , \n \"\\ud800\":\"]\"", ["a\\né", "\"\\ud800\""]),
    ]

    @Test(arguments: samples)
    func skipsAsFarAsItMaps(format: RecordFormat, header: String, chunk: String, keys: [String]) throws {
        let plan = try plan(format, "n=length").with(header: Array(header.utf8))
        var mapper = try RecordMapper(plan: plan)
        let bytes = Array(chunk.utf8)
        var (skipped, mapped, emptied, ends) = (0, 0, 0, [0])
        _ = ByteWriter.collect(capacity: 1000) { output in
            var columnEnds = ends.mutableSpan
            for index in keys.indices {
                #expect(mapper.keyText(bytes.span, at: skipped, index: UInt64(index)) == keys[index])
                mapper.skip(bytes.span, at: &skipped)
                _ = mapper.map(bytes.span, at: &mapped, index: 0, into: &output, columnEnds: &columnEnds)
                mapper.mapEmpty(bytes.span, at: &emptied, index: 0, into: &output, columnEnds: &columnEnds)
                #expect(skipped == mapped)
                #expect(skipped == emptied)
            }
        }
        #expect(skipped == bytes.count)
    }

    @Test func clipsLongKeys() throws {
        var mapper = try RecordMapper(plan: plan(.json, "n=length"))
        let bytes = Array("\"\(String(repeating: "é", count: 200))\":1".utf8)
        #expect(mapper.keyText(bytes.span, at: 0, index: 0) == String(repeating: "é", count: 60) + "…")
    }

    @Test func tellsHowMuchRoomARecordWants() throws {
        var mapper = try RecordMapper(
            plan: plan(.csv, to: .json, "a=identity", "b=double", split: true).with(header: Array("k,v\n".utf8)))
        let bytes = Array("x,21\n".utf8)
        for capacity in 0...20 {
            var (position, ends) = (0, [0, 0])
            let output = ByteWriter.collect(capacity: capacity) { output in
                var columnEnds = ends.mutableSpan
                let failure = mapper.map(bytes.span, at: &position, index: 0, into: &output, columnEnds: &columnEnds)
                #expect(failure == nil)
                #expect(output.wanted == 16)
            }
            #expect(ends == [9, 16])
            if capacity >= 16 { #expect(String(decoding: output, as: UTF8.self) == #","x":"21","x":42"#) }
        }
    }

    @Test(arguments: ["n=length", "v=identity"])
    func wantsAllOfALineThatDoesNotFit(column: String) throws {
        var mapper = try RecordMapper(plan: plan(.lines, column))
        let bytes = Array("0123456789ab\nc".utf8)
        let all = Array((column == "n=length" ? "12\n1" : "0123456789ab\nc").utf8)
        for capacity in 0...all.count {
            var (position, ends, wanted) = (0, [0], [Int]())
            let output = ByteWriter.collect(capacity: capacity) { output in
                var columnEnds = ends.mutableSpan
                for index in 0..<2 as Range<UInt64> {
                    _ = mapper.map(bytes.span, at: &position, index: index, into: &output, columnEnds: &columnEnds)
                    wanted.append(columnEnds[0])
                }
            }
            #expect(output == Array(all.prefix(capacity)))
            #expect(wanted == [all.count - 1, all.count])
            #expect(position == bytes.count)
        }
    }

    @Test func leavesNothingOfARecordThatFails() throws {
        var mapper = try RecordMapper(plan: plan(.lines, "a=identity", "b=double"))
        let bytes = Array("x\n".utf8)
        var (position, ends) = (0, [0])
        let output = ByteWriter.collect(capacity: 20) { output in
            var columnEnds = ends.mutableSpan
            output.append("kept")
            let failure = mapper.map(bytes.span, at: &position, index: 0, into: &output, columnEnds: &columnEnds)
            #expect(failure == ValueFailure("'x' is not a number"))
            #expect(output.wanted == 4)
        }
        #expect(output == Array("kept".utf8))
        #expect(ends == [4])
        #expect(position == 2)
    }
}
