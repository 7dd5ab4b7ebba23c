import Glibc
import ProcessionSystem
import Testing

/// A command line over one input, run as one and in shards, in a directory of its own.
final class ShardedRun {
    let directory: TemporaryDirectory
    let file: String
    let arguments: [String]

    init(_ file: String, _ input: [UInt8], _ arguments: [String], isIndexed: Bool) throws {
        directory = try TemporaryDirectory()
        (self.file, self.arguments) = (file, arguments)
        _ = try directory.file(file, input)
        if isIndexed { try #require(run("index \(file)").status == 0) }
    }

    /// Runs words of `procession`, behind which the arguments stand where `map` does.
    func run(_ words: String, environment: [String] = []) throws -> CommandResult {
        try start(words, environment).finish()
    }

    func start(_ words: String, _ environment: [String] = []) throws -> RunningCommand {
        let isMap = words.hasPrefix("map")
        return try RunningCommand(
            script: "exec procession \(words)" + (isMap ? " \"$@\"" : ""), isMap ? ["-j1"] + arguments : [],
            environment: environment, directory: directory.path)
    }

    func shard(_ number: Int, of count: Int) throws -> CommandResult {
        try run("map --shard \(number)/\(count) -o out/ \(file)")
    }

    /// All shards, in one shell and in an order that is not theirs. Returns what the last said.
    func shards(_ count: Int) throws {
        let order = (0..<count).map { "\(($0 * 5 + 3) % count)" }
        let numbers = Set(order).count == count ? order : (0..<count).reversed().map { "\($0)" }
        let script =
            "for K in \(numbers.joined(separator: " ")); do "
            + "procession map --shard $K/\(count) -o out/ \(file) -j1 \"$@\" 2>>said; done"
        _ = try RunningCommand(script: script, arguments, directory: directory.path, limit: .seconds(200)).finish()
    }

    func one() throws -> CommandResult { try run("map \(file)") }

    func names() throws -> [String] {
        try shell("ls -A out", directory: directory.path).text.split(separator: "\n").map(String.init).sorted()
    }

    func has(_ name: String) throws -> Bool { try shell("test -e \"$1\"", name, directory: directory.path).status == 0 }
}
