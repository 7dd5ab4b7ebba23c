// A stream over the lines of standard input, however many: counts the words of each, and tells at the end which lines
// failed.
//
//     printf 'one two\n\nthree\n' | swift run ScoreLines
import Procession

struct Empty: Error, CustomStringConvertible { let description = "the line is empty" }

struct CountWords: ValueFunction {
    func callAsFunction(_ line: String) throws -> Int {
        let words = line.split(separator: " ")
        guard !words.isEmpty else { throw Empty() }
        return words.count
    }
}

let pool = try WorkerPool()
var failures: [RecordFailure] = []
for result in pool.stream(AnyIterator { readLine() }, CountWords()) {
    do {
        print(try result.get())
    } catch let failure as RecordFailure {
        print("-")
        failures.append(failure)
    }
}
for failure in failures { print("line \(failure.index + 1): \(failure.cause)") }
