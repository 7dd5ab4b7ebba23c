import Testing

extension CommandLineTests {
    /// Mistakes in what was asked for: status 2, nothing on standard output, and the way out in words.
    @Suite struct Usage {
        struct Mistake: CustomTestStringConvertible {
            let arguments: [String]
            /// What standard error must say.
            let words: String
            var testDescription: String { arguments.joined(separator: " ") }

            init(_ arguments: String, says words: String) {
                self.arguments = arguments.split(separator: " ").map(String.init)
                self.words = words
            }
        }

        static let mistakes = [
            Mistake("map -c v=doubel", says: "did you mean 'double'?"),
            Mistake("map -c v=Upper", says: "did you mean 'upper'?"),
            Mistake("map -c v=scale:x", says: "scale"),
            Mistake("map -c v", says: "NAME=FUNCTION"),
            Mistake("map -c v=double -c v=upper", says: "two columns are called 'v'"),
            Mistake("map -c v=double --bogus", says: "--bogus"),
            Mistake("map", says: "--column"),
            Mistake("map -c v=double --split", says: "json"),
            Mistake("map -f json -t lines -c v=double --split", says: "json"),
            Mistake("map -c v=double -f yaml", says: "yaml"),
            Mistake("map -c v=double -j 0", says: "0"),
            Mistake("map -c v=double -j many", says: "many"),
            Mistake("map -c v=double --on-error ignore", says: "ignore"),
            Mistake("map -c v=double one two", says: "unexpected argument 'two'"),
            Mistake("map -c v=double --append=1", says: "'--append' takes no value, but '1' is given"),
            Mistake("map -c", says: "missing value for '-c NAME=FUNCTION[@FIELD]'"),
            Mistake("map --window=", says: "missing value for '--window SIZE'"),
            Mistake("map --key -c v=double", says: "one that begins with '-' is written --key=VALUE"),
            Mistake("map -q -c v=double", says: "unknown option '-q'; see 'procession map --help'"),
            Mistake("map --no-append", says: "unknown option '--no-append'"),
            Mistake("help mpa", says: "unknown command 'mpa'"),
            Mistake("--bogus", says: "unknown option '--bogus'; see 'procession --help'"),
            Mistake("map -c v=double /no/such/file", says: "/no/such/file"),
            Mistake(
                "map --exce cat", says: "unknown option '--exce'; did you mean '--exec'? See 'procession map --help'"),
            Mistake("mpa", says: "unknown command 'mpa'; write 'procession map'"),
            Mistake("merg out", says: "unknown command 'merg'; did you mean 'merge'?"),
            Mistake("mpa -x cat", says: "unknown command 'mpa'; write 'procession map'"),
            Mistake("words.txt -x cat", says: "unknown command 'words.txt'; write 'procession map'"),
            Mistake("-xcat words.txt", says: "'-xcat' is an option of 'map'; write 'procession map' before it"),
            Mistake("--append", says: "'--append' is an option of 'map'; write 'procession map' before it"),
        ]

        @Test(arguments: mistakes) func aMistakeIsStatusTwoAndNamed(_ mistake: Mistake) throws {
            let run = try RunningCommand(script: "exec procession \"$@\"", mistake.arguments).finish()
            #expect(run.status == 2)
            expectSame(run.output, [])
            #expect(run.errors.contains(mistake.words), "\(run.errors)")
            #expect(run.errors.hasPrefix("procession: ") && run.errorLines.count == 1, "\(run.errors)")
        }
    }
}
