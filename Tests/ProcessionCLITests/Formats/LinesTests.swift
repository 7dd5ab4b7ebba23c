import Testing

extension CommandLineTests {
    /// Lines are bytes: nothing is decoded that no function asks for.
    @Suite struct Lines {
        @Test(arguments: [
            [], Array("\n".utf8), Array("\n\n\n".utf8), Array("one".utf8), Array("one\n".utf8), Array("one\ntwo".utf8),
            Array("one\ntwo\n".utf8), Array("dos\r\nlines\r\n".utf8), Array("\u{FEFF}with a byte order mark\n".utf8),
            [0, 0x0A, 0, 0], [0xFF, 0xFE, 0x0A, 0xC3, 0x28, 0x0A, 0xED, 0xA0, 0x80], Array(0...255),
        ])
        func identityPassesBytesThrough(_ bytes: [UInt8]) throws {
            let run = try procession("map", "-c", "same=identity", input: bytes)
            expectSame(run.output, bytes)
            #expect(run.status == 0)
            #expect(run.errors == "")
        }

        @Test func aLineOfFiveMegabytesIsOneRecord() throws {
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: 5_000_000)
            let run = try procession("map", "-c", "length=length", "-c", "upper=upper", input: line)
            expectSame(run.output, Array("5000000\t".utf8) + [UInt8](repeating: UInt8(ascii: "X"), count: 5_000_000))
        }

        @Test func aLineThatNoWindowHoldsIsRefusedByName() throws {
            let directory = try TemporaryDirectory()
            let run = try shell(
                "truncate -s 70M line; exec procession map -c v=identity line", directory: directory.path)
            #expect(run.status == 3)
            expectSame(run.output, [])
            #expect(run.errors.contains("line 1, byte 0: this record is longer than"))
        }

        @Test func theColumnsOfALineAreJoinedByATab() throws {
            let run = try procession("map", "-c", "a=length", "-c", "b=upper", "-c", "c=identity", input: "ab\n")
            #expect(run.text == "2\tAB\tab\n")
        }

        @Test func aDirectoryAsInputIsRefusedWithTheByteItFailedAt() throws {
            let run = try procession("map", "-c", "v=identity", "/tmp")
            #expect(run.status == 3)
            #expect(run.errors.contains("'/tmp': input cannot be read at byte 0"))
        }
    }

    /// Output belongs to input, record by record, whoever was faster.
    @Suite struct Order {
        @Test func aFewLongLinesAmongShortOnesStayInTheirPlaces() throws {
            var input: [UInt8] = []
            for line in 0..<4000 {
                input += Array("line \(line) ".utf8)
                if line % 131 == 0 { input += [UInt8](repeating: UInt8(ascii: "y"), count: 150_000) }
                input.append(UInt8(ascii: "\n"))
            }
            let run = try procession("map", "-j", "8", "-c", "upper=upper", input: input)
            expectSame(run.output, upper(input))
            #expect(run.status == 0)
        }

        @Test(arguments: ["1", "2", "8"], ["a\n", "a\nb\n"])
        func fewerRecordsThanWorkersAreEnough(_ jobs: String, _ input: String) throws {
            let run = try procession("map", "-j", jobs, "-c", "upper=upper", input: input)
            expectSame(run.output, upper(Array(input.utf8)))
            #expect(run.status == 0)
        }
    }
}

/// The upper case of an ASCII text.
func upper(_ bytes: [UInt8]) -> [UInt8] {
    bytes.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }
}
