import ArgumentParser
import ProcessionSystem
import Testing

@testable import ProcessionCLI

/// What is read without the parser is what the parser would have read.
@Suite struct PlainOptionsTests {
    private static let plain = [
        "map -j 2 -c v=identity record -o out",
        "map --jobs 50% --column a=double --column b=scale:1.5@net in.csv --append",
        "map -f ndjson -t json -c v=string --key k --value w --on-error skip --timeout 500ms",
        "map -x cat --tagged --retries 3 --window 2M --chunk-size 7 --stats s --no-progress",
        "map -c v=upper in -o out --checkpoint c --resume --progress",
        "map -f json -c a=double -c b=double --split", "map help -c v=upper", "map -c v=upper --retries 1 --retries 2",
        "map -cv=upper -j2 -ftsv -tCSV -oout", "map '-xtr' --key -", "map -c v=upper -o - -", "map", "map -j 2",
        "map -c v=upper --resume", "map -c v=nothing",
    ]

    private static let others = [
        "", "map --help", "help map", "--version", "map -c v=upper a b", "map -c v=upper -j0", "map -c=v=upper",
        "map -c v=upper --jobs=2", "map -c v=upper -- in", "map -c v=upper -- -j2", "map -c",
        "map -c v=upper --retries",
        "map -c -v", "map -c v=upper --retries -1", "map -c v=upper --append --append", "map -c v=upper -f yaml",
        "map -c v=upper --progress --no-progress", "map -c v=upper -j 1 --jobs 2", "map -c v=upper -o-x",
        "map -c v=upper --generate-completion-script bash", "map -c v=upper --window 1", "maps -c v=upper",
    ]

    @Test(arguments: plain)
    func whatIsPlainIsReadAsTheParserReadsIt(_ line: String) throws {
        let read = try #require(MapOptions(plainly: words(line)))
        #expect(try read == parsed(words(line)))
    }

    @Test(arguments: others)
    func allElseIsLeftToTheParser(_ line: String) {
        #expect(MapOptions(plainly: words(line)) == nil)
    }

    @Test func neverReadsWhatTheParserReadsOtherwise() {
        let seed = RandomSeed.random64()
        var random = SplitMix(state: seed)
        let vocabulary =
            Self.plain.flatMap(words) + Self.others.flatMap(words) + ["", "-", "--", "-c=v=upper", "1", "x=y"]
        var read = 0
        for _ in 0..<3000 {
            // A column first, that some come through.
            let line =
                ["map", "-c", "v=upper"]
                + (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    vocabulary.randomElement(using: &random)!
                }
            guard let options = MapOptions(plainly: line) else { continue }
            read += 1
            #expect(options == (try? parsed(line)), "seed \(seed): \(line)")
        }
        #expect(read > 100)
    }

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    private func parsed(_ words: [String]) throws -> MapOptions? {
        (try ProcessionCommand.parseAsRoot(MapOption.separated(words)) as? MapCommand)?.options
    }
}
