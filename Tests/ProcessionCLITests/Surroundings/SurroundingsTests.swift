import Testing

extension CommandLineTests {
    /// Input that comes when it likes.
    @Suite struct Interactive {
        @Test(arguments: ["1", "4"]) func everyLineIsAnsweredBeforeTheNextIsWritten(_ jobs: String) throws {
            let run = try start("map", "-j", jobs, "-c", "v=upper")
            var expected: [UInt8] = []
            for line in 0..<20 {
                let text = Array("line \(line)\n".utf8)
                try run.send(text)
                expected += upper(text)
                try run.wait { run.written.count >= expected.count }
                expectSame(run.written, expected)
            }
            #expect(try run.finish().status == 0)
        }

        @Test func aLineInPiecesIsOneRecord() throws {
            let run = try start("map", "-c", "v=length")
            for piece in ["ab", "c", "de\nf", "g"] {
                try run.send(piece)
                try run.wait { !piece.contains("\n") || run.written.count == 2 }
            }
            #expect(try run.finish().text == "5\n2")
        }

        @Test func aMemberIsAnsweredBeforeTheObjectEnds() throws {
            let run = try start("map", "-f", "json", "-c", "v=double")
            try run.send(#"{"a":1,"#)
            try run.wait { run.written.count == #"{"a":2"#.utf8.count }
            try run.send(#""b":2}"#)
            #expect(try run.finish().text == #"{"a":2,"b":4}"# + "\n")
        }
    }

    /// Where the program is started from does not show in what it writes.
    @Suite struct Surroundings {
        @Test(arguments: [
            "export LC_ALL=C;", "export LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8;", "unset LANG LC_ALL;",
            "export TZ=Pacific/Kiritimati;", "umask 777;", "ulimit -s 256;", "ulimit -c unlimited;",
            "d=$(mktemp -d); cd \"$d\"; rmdir \"$d\";", "export SWIFT_BACKTRACE=enable=yes;", "trap '' PIPE INT TERM;",
            "p=$(command -v procession); procession() { env -i \"$p\" \"$@\"; };",
        ])
        func theyDoNotChangeTheOutput(_ setUp: String) throws {
            let run = try RunningCommand(script: setUp + " procession map -c v=upper -c n=length")
            try run.send("istanbul ß\n1,5\n")
            let result = try run.finish()
            #expect(result.text == "ISTANBUL SS\t10\n1,5\t3\n")
            #expect(result.status == 0)
        }

        @Test func aForeignWorkersNameInTheArgumentsIsJustAnArgument() throws {
            #expect(try procession("procession-worker", "0", "0").status == 2)
        }
    }
}
