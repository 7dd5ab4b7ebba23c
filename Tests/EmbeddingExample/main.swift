// A program that embeds the library and counts how often its `main` runs: it appends a line to the file it is given.
// EmbeddingTests starts it. There is no line in here for the sake of workers.
import Glibc
import OrderedCollections
import Procession
import Weights

let counter = unsafe fopen(CommandLine.arguments[1], "a")!
unsafe fputs("main\n", counter)
unsafe fclose(counter)

struct Quote: WorkerFunction {
    var rate: Double
    func callAsFunction(key: String, value: Int) throws -> Columns<Double, String> {
        print("a stray line that must not reach standard output")
        return Columns(Double(value) * rate * weight_of(Int32(value)), String(value))
    }
}

let prices: OrderedDictionary = ["a": 1, "b": 2, "c": 3]
do {
    let pool = try WorkerPool(workers: 3)
    for (key, quote) in try pool.map(prices, Quote(rate: 2)) { print(key, quote) }
} catch {
    let text = "\(error)\n"
    _ = unsafe write(2, text, text.utf8.count)
    exit(1)
}
