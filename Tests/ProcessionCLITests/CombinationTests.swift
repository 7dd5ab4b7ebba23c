import ProcessionRecords
import ProcessionSystem
import Testing

@testable import ProcessionCLI

/// Options that cannot apply together are refused before any file is touched.
@Suite struct CombinationTests {
    /// Every pair that is refused, whatever else is given.
    private static let refused: [[MapOption]] = [
        [.column, .exec], [.exec, .to], [.exec, .key], [.exec, .append], [.exec, .split], [.append, .split],
        [.split, .checkpoint], [.split, .resume], [.column, .tagged], [.tagged, .to], [.tagged, .key],
        [.tagged, .append], [.tagged, .split],
    ]

    /// Gives an option, and what it needs.
    private func give(_ option: MapOption, to options: inout MapOptions) {
        switch option {
        case .column: options.columns = ["v=upper"]
        case .exec: options.exec = "cat"
        case .tagged:
            options.tagged = true
            give(.exec, to: &options)
        case .from: options.from = .ndjson
        case .to: options.to = .ndjson
        case .key: options.key = "k"
        case .value: options.value = "w"
        case .append: options.append = true
        case .split: options.split = true
        case .jobs: options.jobs = .number(1)
        case .output: options.output = "out"
        case .onError: options.onError = .skip
        case .timeout: options.timeout = try? Seconds(argument: "9")
        case .retries: options.retries = 2
        case .window: options.window = ByteSize(count: 2 << 20)
        case .chunkSize: options.chunkSize = 2
        case .checkpoint:
            options.checkpoint = "ckpt"
            give(.output, to: &options)
        case .resume:
            options.resume = true
            give(.checkpoint, to: &options)
        case .progress: options.progress = true
        case .stats: options.stats = "stats"
        }
    }

    @Test func everyPairIsTakenOrRefusedByBothNames() {
        for (place, first) in MapOption.allCases.enumerated() {
            for second in MapOption.allCases[(place + 1)...] {
                var options = MapOptions()
                give(first, to: &options)
                give(second, to: &options)
                #expect(options.isGiven(first) && options.isGiven(second))
                let isRefused = Self.refused.contains { Set($0) == [first, second] }
                do throws(PlanError) {
                    try options.checkCombinations()
                    #expect(!isRefused, "\(first) and \(second) are taken")
                } catch {
                    #expect(isRefused, "\(error)")
                    // What --resume excludes, it excludes for its checkpoint, and --tagged for its filter.
                    let names = [first, second]
                        .map { $0 == .resume ? .checkpoint : $0 == .tagged ? .exec : $0 }.map(\.name)
                    #expect(names.allSatisfy(error.description.contains), "\(error)")
                }
            }
        }
    }

    @Test func nothingIsGivenWhereNothingIsSaid() {
        #expect(MapOption.allCases.filter(MapOptions().isGiven) == [])
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
            #expect(run.errors.contains("--exce'. Did you mean '--exec'?"), "\(run.errors)")
            #expect(run.errorLines.count == 1, "\(run.errors)")
        }
    }
}
