import TestSupport
import Testing

extension CommandLineTests {
    /// Filters that answer what they are sent: the fields come back as columns, from every format to every other.
    @Suite struct Echoes {
        /// A format as this test writes it, by rules of its own.
        enum Format: String, CaseIterable, Sendable { case csv, tsv, ndjson, json }

        /// Cells by the columns `a` and `b`, under keys that are their numbers.
        private typealias Rows = [[String]]

        private static func text(of rows: Rows, in format: Format) -> [UInt8] {
            let named = rows.enumerated().map { number, row in
                zip(["a", "b"], row).map { "\"\($0)\":\(quoted($1))" }.joined(separator: ",")
            }
            switch format {
            case .csv:
                func cell(_ text: String) -> String {
                    let isPlain = text.unicodeScalars.allSatisfy { !"\",\r\n".unicodeScalars.contains($0) }
                    let doubled = text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
                    return isPlain ? text : "\"" + doubled + "\""
                }
                let lines = rows.enumerated().map { "\($0 + 1),\(cell($1[0])),\(cell($1[1]))\n" }
                return Array(("key,a,b\n" + lines.joined()).utf8)
            case .tsv:
                return Array(
                    ("key\ta\tb\n" + rows.enumerated().map { "\($0 + 1)\t\($1[0])\t\($1[1])\n" }.joined()).utf8)
            case .ndjson:
                return Array(named.enumerated().map { "{\"key\":\"\($0 + 1)\",\($1)}\n" }.joined().utf8)
            case .json:
                let members = named.enumerated().map { "\"\($0 + 1)\":{\($1)}" }
                return Array(("{" + members.joined(separator: ",") + "}\n").utf8)
            }
        }

        private static func quoted(_ text: String) -> String {
            let short: [Unicode.Scalar: String] = [
                "\"": "\\\"", "\\": "\\\\", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
            ]
            return "\""
                + text.unicodeScalars.map { scalar in
                    short[scalar]
                        ?? (scalar.value < 16
                            ? "\\u000\(String(scalar.value, radix: 16))"
                            : scalar.value < 32 ? "\\u00\(String(scalar.value, radix: 16))" : String(scalar))
                }.joined() + "\""
        }

        /// Scalars of every plane, and of ASCII what means something somewhere.
        private static func cell(_ random: inout SplitMix, isHostile: Bool) -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let marks =
                    Array("\"',\\ {}[]:;$()-abc019".unicodeScalars)
                    + (isHostile ? Array("\n\r\t\0\u{1F}".unicodeScalars) : [])
                if Bool.random(using: &random) {
                    text.append(marks.randomElement(using: &random)!)
                } else {
                    let plane = UInt32.random(in: 0...16, using: &random) << 16
                    let scalar = Unicode.Scalar(plane + UInt32.random(in: 0x20...0xFFFD, using: &random))
                    text.append(scalar ?? "x")
                }
            }
            return String(text)
        }

        private static let random = 2000

        private func echo(
            _ rows: Rows, _ input: Format, _ output: Format, _ filter: String, _ words: String
        ) throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("in.\(input.rawValue)", Self.text(of: rows, in: input))
            let run = try shell(
                "exec procession map -t \(output.rawValue) -x \"$1\" \(words) \"$2\"", filter, file)
            #expect(run.status == 0, "\(input) \(output): \(run.errors)")
            // A key is a text everywhere but in JSON's members.
            expectSame(run.output, Self.text(of: rows, in: output))
        }

        @Test(arguments: Format.allCases, Format.allCases)
        func asObjects(_ input: Format, _ output: Format) throws {
            var random = SplitMix(seed: printedSeed())
            let isHostile = input != .tsv && output != .tsv
            let rows = (0..<Self.random).map { _ in (0..<2).map { _ in Self.cell(&random, isHostile: isHostile) } }
            // Of the one object of JSON, the record is the value, which has the members.
            let sent = input == .json ? "record" : "json"
            try echo(rows, input, output, "cat", "--send \(sent) --answers-format json --answers a,b")
        }

        @Test(arguments: [Format.csv, .tsv, .ndjson], Format.allCases)
        func asFields(_ input: Format, _ output: Format) throws {
            var random = SplitMix(seed: printedSeed())
            let rows = (0..<Self.random).map { _ in (0..<2).map { _ in Self.cell(&random, isHostile: false) } }
            try echo(rows, input, output, "cut -f2-", "--send tsv --answers a,b")
            try echo(rows, input, output, "cut -f1,3-", "--send tsv --answers a,b --tagged")
        }

        /// Numbers, booleans and any JSON stay what they are.
        @Test(arguments: [("json", "cat"), ("tsv", "cut -f2-")])
        func typedValuesStayWhatTheyAre(_ form: String, _ filter: String) throws {
            var random = SplitMix(seed: printedSeed())
            var values = ["null", "[]", "{\"x\":[1,\"a,b\"]}", "-0", "true"]
            // The text that tsv sends of a string is no JSON.
            if form == "json" { values += ["\"\"", "\"a\\tb\""] }
            let input = (1...Self.random).map { number -> String in
                let exponent = Int.random(in: -300...300, using: &random)
                let digits = Int.random(in: 1..<1_000_000, using: &random)
                let (json, bool) = (values.randomElement(using: &random)!, Bool.random(using: &random))
                return "{\"key\":\(number),\"n\":\(digits).50e\(exponent),\"b\":\(bool),\"j\":\(json)}\n"
            }.joined()
            let run = try procession(
                "map", "-f", "ndjson", "-x", filter, "--send", form, "--answers-format", form, "--answers",
                "n:number,b:bool,j:json", input: input)
            #expect(run.status == 0, "\(run.errors)")
            expectSame(run.output, Array(input.utf8))
        }
    }
}
