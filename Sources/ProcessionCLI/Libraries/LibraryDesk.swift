import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// The functions of libraries that a worker has loaded for a run.
final class LibraryDesk {
    private var functions: [LibraryFunction] = []
    /// Why the run cannot go on: a library that the parent had seen is not there any more, or is not to be started.
    private(set) var surrender: String?

    init(_ plan: RecordPlan) {
        for column in plan.columns {
            guard let result = column.function.library, result.place == 0, surrender == nil else { continue }
            do throws(LibraryFunction.Refusal) {
                let name = result.call.name
                let function = try LibraryFunction(file: String(given: name.file), symbol: String(given: name.symbol))
                guard LibraryChoice.call(name, function) == result.call else {
                    throw LibraryFunction.Refusal(reason: "has changed since the run began")
                }
                try function.start(argument: name.argument)
                functions.append(function)
            } catch {
                surrender = "\(LibraryChoice.title(of: result.call.name)) \(error.reason)"
            }
        }
    }

    /// What a mapper needs of them; nil where the run cannot go on.
    var loaded: LoadedLibraries? {
        surrender == nil ? LoadedLibraries(functions.map(\.number), by: LibraryFunction.self) : nil
    }

    func end() { for function in functions { function.end() } }
}

extension LibraryFunction: LibraryCaller {
    static func failure(_ function: Int32) -> ValueFailure {
        let bytes: [UInt8] = failure(function)
        return ValueFailure(clipped(bytes.span, limit: 500))
    }

    static func withText(
        _ function: Int32, _ result: Int, _ body: (Span<UInt8>) throws(ValueFailure) -> Void
    ) throws(ValueFailure) {
        try withText(function, result) { (text: Span<UInt8>?) throws(ValueFailure) in
            guard let text else { throw ValueFailure("the function's result is a text that cannot be") }
            try body(text)
        }
    }
}
