import Glibc
import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// Makes columns of what the command line says of a shared library.
///
/// To load a library is to run it. So the command asks a process of its own what the function is, and whether it starts, a
/// copy of itself that does nothing else: whatever comes of that, the command can say it.
enum LibraryChoice {
    /// The word before file, symbol and argument that asks the command what a function is.
    static let question = "--describe-function"
    /// Stands before the answer, because a library may print something when it is loaded.
    private static let mark = "procession-function"
    private static let failed = "failed"

    /// The columns that are written `NAMES=./FILE.so:SYMBOL[:ARGUMENT]`; nil for others.
    static func columns(_ text: [UInt8]) throws(PlanError) -> [Column]? {
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")), equals > 0,
            let name = LibraryName(Array(text[(equals + 1)...]))
        else { return nil }
        guard !name.symbol.isEmpty else {
            throw PlanError(
                "\(shown(name.text.span)) names no symbol; write it behind the file, as in './score.so:score'")
        }
        let names = text[..<equals].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(
            Array.init)
        guard !names.contains([]) else { throw PlanError("one of the names in \(shown(text.span)) is empty") }
        let call = try describe(name)
        guard names.count == call.outputs.count else {
            throw PlanError(
                "\(title(of: name)) gives \(call.outputs.count) \(call.outputs.count == 1 ? "result" : "results"), and "
                    + "\(names.count) \(names.count == 1 ? "name is" : "names are") written; name each, as in 'a,b=./x.so:f'"
            )
        }
        return names.indices.map { place in
            Column(name: FieldName(names[place]), function: ColumnFunction(call, result: place))
        }
    }

    static func title(of name: LibraryName) -> String {
        "function \(shown(name.symbol.span)) of \(shown(name.file.span))"
    }

    private static func describe(_ name: LibraryName) throws(PlanError) -> LibraryCall {
        let title = title(of: name)
        guard LibraryFunction.isPossible else {
            throw PlanError(
                "\(title) cannot be loaded by this procession, which is linked statically; build it with "
                    + "-Xswiftc -static-stdlib instead of -static-executable")
        }
        let words = [
            "procession", question, String(given: name.file), String(given: name.symbol), String(given: name.argument),
        ]
        .map(\.givenBytes)
        var texts: [UInt8] = []
        var starts: [Int] = []
        for word in words {
            starts.append(texts.count)
            texts += word + [0]
        }
        let run: ProgramRunner.Run
        do throws(SystemError) {
            // As in a worker: what a crash has to say is said here.
            run = try ProgramRunner(overriding: ["SWIFT_BACKTRACE=enable=no"]).run(
                "/proc/self/exe", CStringList(texts: texts, starts: starts), limit: 1 << 20)
        } catch {
            throw PlanError("\(title) cannot be looked at: \(error)")
        }
        let lines = run.output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard run.ending == .exited(0), let last = lines.lastIndex(of: Array(mark.utf8)[...]) else {
            throw PlanError("\(title) cannot be used: the process that tried to load and start it \(run.ending)")
        }
        let answer = lines[(last + 1)...].dropLast().map { String(given: Array($0)) }
        if answer.first == failed { throw PlanError("\(title) \(answer.dropFirst().joined(separator: " "))") }
        guard let call = call(name, answer) else { throw PlanError("\(title) cannot be understood") }
        return call
    }

    // MARK: Question and answer

    /// What the copy of the command prints.
    static func answer(file: String, symbol: String, argument: String) -> String {
        // Who has asked may have gone, and a library may never come back.
        try? WorkerIdentity.setParentDeathSignal(SIGKILL)
        let lines: [String]
        do throws(LibraryFunction.Refusal) {
            let function = try LibraryFunction(file: file, symbol: symbol)
            try function.start(argument: argument.givenBytes)
            lines = description(function)
            function.end()
        } catch {
            lines = [failed, shownWhole(error.reason)]
        }
        return "\n" + ([mark] + lines).map { $0 + "\n" }.joined()
    }

    private static func shownWhole(_ reason: String) -> String { clipped(reason.givenBytes.span, limit: 900) }

    /// Numbers of kinds and sources; a field's name in decimal numbers, for it may have any bytes.
    private static func description(_ function: LibraryFunction) -> [String] {
        function.kinds(ofOutputs: false).enumerated().map { place, kind in
            let (source, name) = function.source(ofInput: place)
            return (["input", "\(kind)", "\(source)"] + name.map { "\($0)" }).joined(separator: " ")
        } + function.kinds(ofOutputs: true).map { "output \($0)" }
    }

    static func call(_ name: LibraryName, _ function: LibraryFunction) -> LibraryCall? {
        call(name, description(function))
    }

    private static func call(_ name: LibraryName, _ description: [String]) -> LibraryCall? {
        var inputs: [LibraryCall.Input] = []
        var outputs: [LibraryCall.Kind] = []
        for line in description {
            let words = line.split(separator: " ")
            let numbers = words.dropFirst().compactMap { UInt8($0) }
            guard let first = numbers.first, let kind = LibraryCall.Kind(rawValue: first) else { return nil }
            if words[0] == "output" {
                outputs.append(kind)
                continue
            }
            guard numbers.count > 1, let source = source(numbers[1], Array(numbers.dropFirst(2))) else { return nil }
            inputs.append(LibraryCall.Input(source, kind))
        }
        return outputs.isEmpty ? nil : LibraryCall(name, inputs: inputs, outputs: outputs)
    }

    private static func source(_ number: UInt8, _ name: [UInt8]) -> LibraryCall.Source? {
        switch number {
        case 0: .field(FieldName(name))
        case 1: .value
        case 2: .key
        case 3: .number
        default: nil
        }
    }
}
