import ProcessionRecords
import ProcessionSystem
import Testing

@testable import ProcessionCLI

/// Options that cannot apply together are refused before any file is touched.
@Suite struct CombinationTests {
    /// Every pair that is refused, whatever else is given.
    private static let refused: [[Flag]] = [
        [.column, .exec], [.exec, .to], [.exec, .key], [.exec, .append], [.exec, .split], [.append, .split],
        [.split, .checkpoint], [.split, .resume], [.column, .tagged], [.tagged, .to], [.tagged, .key],
        [.tagged, .append], [.tagged, .split], [.shard, .checkpoint], [.shard, .resume], [.send, .column],
        [.send, .to], [.send, .key], [.send, .append], [.send, .split],
    ]

    /// How each is given.
    private static let samples = [
        "column": "v=upper", "exec": "cat", "answers": "a", "answers-format": "json", "send": "json", "from": "ndjson",
        "to": "ndjson", "key": "k", "value": "w", "jobs": "1",
        "output": "out", "shard": "0/2", "on-error": "fail", "timeout": "9", "retries": "1", "memory-limit": "64M",
        "records-per-worker": "9", "window": "64M", "chunk-size": "2",
        "checkpoint": "ckpt", "stats": "stats",
    ]

    /// An option, and what it needs.
    private func words(_ flag: Flag) throws -> [String] {
        let needed = MapOptions.needs.filter { $0.0 == flag }.map(\.needed)
        let value = flag.value == nil ? [] : [try #require(Self.samples[flag.name])]
        return try [flag.word] + value + needed.flatMap(words)
    }

    @Test func everyPairIsTakenOrRefusedByBothNames() throws {
        for (place, first) in Flag.all.enumerated() {
            for second in Flag.all[(place + 1)...] {
                let options = try MapOptions(reading: words(first) + words(second))
                #expect(first.isGiven(options) && second.isGiven(options))
                let isRefused = Self.refused.contains { $0 == [first, second] || $0 == [second, first] }
                do throws(PlanError) {
                    try options.checkCombinations()
                    #expect(!isRefused, "\(first.name) and \(second.name) are taken")
                } catch {
                    #expect(isRefused, "\(error)")
                    // What --resume excludes, it excludes for its checkpoint, and --tagged and --send for their filter.
                    let names = [first, second]
                        .map { $0 == .resume ? .checkpoint : $0 == .tagged || $0 == .send ? .exec : $0 }.map(\.word)
                    #expect(names.allSatisfy(error.description.contains), "\(error)")
                }
            }
        }
    }

    /// Whatever a filter's answers cannot have as an output, they have as columns.
    @Test func answersThatAreColumnsAreTakenWithAllThatConcernsColumns() throws {
        for flag in [Flag.column, .to, .key, .append, .split, .send, .tagged] {
            let options = try MapOptions(reading: words(.answers) + words(flag))
            try options.checkCombinations()
            var raw = options
            raw.answers = nil
            let isRefused = flag != .send && flag != .tagged
            #expect((try? raw.checkCombinations()) == nil ? isRefused : !isRefused, "\(flag.name)")
        }
    }

    @Test func nothingIsGivenWhereNothingIsSaid() {
        #expect(Flag.all.filter { $0.isGiven(MapOptions()) } == [])
    }
}

extension CommandLineTests {
    @Suite struct RefusedOptions {
        @Test(arguments: [
            "--append", "--key id", "--to csv", "--split", "-c v=upper", "-t ndjson --append", "--resume",
            "--checkpoint -", "--window 1",
        ])
        func noFileIsTouched(_ words: String) throws {
            let directory = try TemporaryDirectory()
            let kept = ["in.csv", "out", "stats"]
            for name in kept { _ = try directory.file(name, "id,v\n1,a\n") }
            let run = try shell(
                "exec procession map -x cat in.csv -o out --stats stats " + words, directory: directory.path)
            #expect(run.status == 2)
            #expect(run.errorLines.count == 1 && run.errors.hasPrefix("procession: "), "\(run.errors)")
            for name in kept {
                #expect(try File.contents(of: directory.path + "/" + name) == Array("id,v\n1,a\n".utf8))
            }
            #expect(try shell("ls -A", directory: directory.path).text == "in.csv\nout\nstats\n")
        }

        @Test(arguments: ["--exce cat f", "f --exce cat", "-x cat --exce", "--exce", "-o out --exce=cat"])
        func aMistypedOptionIsNamedAndNotHiddenByAnotherComplaint(_ words: String) throws {
            let run = try shell("exec procession map " + words)
            #expect(run.status == 2)
            #expect(run.errors.contains("--exce'; did you mean '--exec'?"), "\(run.errors)")
            #expect(run.errorLines.count == 1, "\(run.errors)")
        }
    }
}
