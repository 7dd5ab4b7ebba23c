import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Input that has to be converted first: status 3, nothing written, and the command that does it.
    @Suite struct ForeignInputs {
        private static let formats = ["lines", "csv", "tsv", "ndjson", "json"]

        @Test(arguments: formats, [["-c", "v=length"], ["-x", "cat"]])
        func areRefusedWithTheCommandThatConvertsThem(_ format: String, _ work: [String]) throws {
            let directory = try TemporaryDirectory()
            for (name, bytes, command) in [
                ("in.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] as [UInt8], "zcat"),
                ("in", Array("{\"a\":1}\n{}".utf16).flatMap { [UInt8($0), 0] }, "iconv -f UTF-16LE -t UTF-8"),
            ] {
                let file = try directory.file(name, bytes)
                let kept = try directory.file("out", "kept")
                let arguments = ["map", "-f", format] + work
                let checkpoint = ["-o", kept, "--checkpoint", "\(directory.path)/c"]
                let read = try RunningCommand(script: "exec procession \"$@\"", arguments + [file] + checkpoint)
                    .finish()
                #expect(read.status == 3, "\(read.errors)")
                #expect(read.errors.contains("\(command) \(file) | procession map …"), "\(read.errors)")
                #expect(try File.contents(of: kept) == Array("kept".utf8))

                let piped = try RunningCommand(script: "exec procession \"$@\"", arguments)
                try piped.send(bytes)
                let result = try piped.finish()
                #expect(result.status == 3 && result.output.isEmpty, "\(result.errors)")
                #expect(result.errors.contains("… | \(command) | procession map …; 0 records done"), "\(result.errors)")
            }
        }
    }
}
