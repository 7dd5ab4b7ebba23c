import ProcessionSystem
import Testing

@testable import ProcessionCLI

extension CommandLineTests {
    /// Names of files and fields, and commands, are the bytes that were given: é in Latin-1, which is no UTF-8.
    @Suite struct GivenBytes {
        private static let latin = String(given: [0xE9])

        /// The same flags in a form that is read plainly, and in one that the parser has to read.
        @Test(arguments: [["-j", "1"], ["-j1"]])
        func namesFilesFieldsAndColumns(_ more: [String]) throws {
            let directory = try TemporaryDirectory()
            let name = "caf\(Self.latin).csv"
            let table: [UInt8] = Array("id,n".utf8) + [0xE9, 0x0A] + Array("1,2\n".utf8)
            let input = try directory.file(name, table)
            let (output, statistics) = ("\(directory.path)/o\(Self.latin)", "\(directory.path)/s\(Self.latin)")
            let arguments =
                ["map", "-c", "v\(Self.latin)=double@n\(Self.latin)", "--key", "n\(Self.latin)", input, "-o", output]
                + more
            let run = try RunningCommand(
                script: "exec procession \"$@\"",
                arguments + ["--stats", statistics, "--checkpoint", "\(directory.path)/c\(Self.latin)"]
            ).finish()
            #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
            let written: [UInt8] = [0x6E, 0xE9, 0x2C, 0x76, 0xE9] + Array("\n2,4\n".utf8)
            #expect(try File.contents(of: output) == written)
            #expect(try File.contents(of: statistics).starts(with: Array("{\"records\":1,".utf8)))
            let names = try shell("printf '%s ' *", directory: directory.path).output
            #expect(names == "\(name) c\(Self.latin) o\(Self.latin) s\(Self.latin) ".givenBytes)
        }

        @Test(arguments: [["-j", "1"], ["-j1"]])
        func aCommandIsRunAsItWasGiven(_ more: [String]) throws {
            // The scalar that stands for é, as itself.
            let command = "sed s/x/\(Self.latin)\(String(given: Array("\u{10FEE9}".utf8)))/"
            let run = try RunningCommand(script: "exec procession \"$@\"", ["map", "-x", command] + more)
            try run.send("x\n")
            #expect(try run.finish().output == [0xE9] + Array("\u{10FEE9}\n".utf8))
        }

        @Test func messagesShowThem() throws {
            for arguments in [["map", "-c", "v=upper", "no\(Self.latin)"], ["map", "--no\(Self.latin)", "-x", "cat"]] {
                let run = try RunningCommand(script: "exec procession \"$@\"", arguments).finish()
                #expect(run.status == 2)
                #expect(run.errors.contains("no\\xE9"), "\(run.errors)")
            }
        }

        @Test func aCommandThatDiffersInCompositionOnlyIsNotResumed() throws {
            for flag in [["-c", "v=upper@"], ["-x", "cat #"], ["-c", "v=upper", "--key", ""], ["--value", ""]] {
                let directory = try TemporaryDirectory()
                let table = try directory.file("in.csv", "id,e\u{301},\u{E9}\n1,2,3\n")
                func map(_ letter: String) throws -> CommandResult {
                    var flag = flag
                    flag[flag.count - 1] += letter
                    if flag.count == 2, flag[0] == "--value" { flag += ["-c", "v=upper"] }
                    let files = [table, "-o", "\(directory.path)/o", "--checkpoint", "\(directory.path)/c", "--resume"]
                    return try RunningCommand(script: "exec procession map \"$@\"", flag + files).finish()
                }
                #expect(try map("\u{E9}").status == 0)
                let other = try map("e\u{301}")
                #expect(other.status == 2 && other.errors.contains("composed in another way"), "\(other.errors)")
                #expect(try map("\u{E9}").status == 0)
            }
        }
    }
}
