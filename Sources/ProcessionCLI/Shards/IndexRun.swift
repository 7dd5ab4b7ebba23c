import Glibc
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// `procession index`: goes through a file once, and leaves the index beside it.
enum IndexRun {
    static func run(_ options: IndexOptions) throws(Exit) {
        guard let file = options.file, file != "-" else {
            throw IndexOptions.command.mistake("name the FILE whose records are to be found")
        }
        let name = InputName(file, format: options.from)
        let format = options.from ?? name.guessedFormat ?? .lines
        let input = try ShardInput(name)
        let path = RecordIndex.path(of: file)
        let index = try index(of: input, as: format)
        do {
            let growing = try GrowingFile(beside: path, like: nil)
            let writer = try growing.writer()
            try File.write(writer.number, all: index.encoded().span)
            try growing.takePlace()
        } catch {
            throw WrittenTarget.failure(path, error)
        }
    }

    private static func index(of input: ShardInput, as format: RecordFormat) throws(Exit) -> RecordIndex {
        do {
            // What is computed does not matter here.
            let plan = try RecordPlan(input: format, .filter)
            let beginning = try InputBeginning(plan, size: input.size, input.peek)
            let index = try RecordIndex(
                beginning, format: format, size: input.size, modified: input.modified,
                step: RecordIndex.step(for: input.size), input.peek)
            try input.requireUnchanged()
            return index
        } catch {
            throw Exit(
                error, of: RunAccount(input: input.name, checkpoint: nil, done: 0, progress: "nothing is written"))
        }
    }
}
