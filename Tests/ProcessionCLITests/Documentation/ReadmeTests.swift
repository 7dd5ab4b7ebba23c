import ProcessionSystem
import Testing

extension CommandLineTests {
    /// What README and the catalogue show of the command can be pasted.
    @Suite struct Readme {
        /// The lines of the blocks of shell commands that run `procession map`.
        private static let examples: [String] = {
            let documents = (try? Document.forUsers()) ?? []
            return documents.flatMap { $0.blocks(of: "sh").flatMap(\.lines) }.filter { $0.hasPrefix("procession map") }
                .map(String.init)
        }()

        @Test func thereAreExamples() { #expect(Self.examples.count >= 8, "\(Document.root)") }

        @Test(arguments: examples) func everyExampleWorksWhenItIsPasted(_ example: String) throws {
            let directory = try TemporaryDirectory()
            _ = try shell("cp -R \(Document.root)/Tests/Examples/. .", directory: directory.path)
            let words = example.split(separator: " ")
            // What an example shows besides has to be there; it is what the user knows, and not ours.
            for tool in ["jq", "python3"] where example.contains(tool) {
                guard try shell("command -v \(tool)").status == 0 else { return }
            }
            let run = try shell(example, directory: directory.path)
            #expect(run.status == 0 && run.errors == "", "\(example): \(run.errors)")
            let output = words.firstIndex(of: "-o").map { directory.path + "/" + words[$0 + 1] }
            #expect(
                try output.map { try File.contents(of: $0).count } ?? run.output.count > 1, "\(example)")
        }
    }
}
