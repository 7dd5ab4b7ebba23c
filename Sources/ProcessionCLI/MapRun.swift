import Glibc
import Procession
import ProcessionRecords
import ProcessionSystem

/// One run of `procession map`: opens, maps, reports.
struct MapRun {
    let plan: RecordPlan
    let inputPath: String?
    let outputPath: String?
    let jobs: JobCount?
    let onError: OnError
    let statsPath: String?

    /// Shared memory for records in flight.
    private static let window = 64 << 20

    func run() throws(Ending) {
        let start = Clock.monotonic()
        let input = try openInput()
        let output = try openOutput()
        let supervisor = try startPool(workers: jobs?.workers ?? Machine.availableCores())
        defer { supervisor.shutDown() }

        var outcome = RecordStream.Outcome()
        do {
            var stream = try RecordStream(
                plan: plan, input: input.number, output: output.number, onError: onError,
                window: Self.window, memory: supervisor.memory)
            defer { outcome = stream.outcome }
            let image = try FunctionImage(RecordFunction(), context: stream.plan.encoded(), in: supervisor.memory)
            try supervisor.run(&stream, image)
            try stream.finish()
            outcome = stream.outcome
            try writeStats(stream, supervisor, seconds: Double(Clock.monotonic() - start) / 1e9)
        } catch {
            throw ending(of: error, done: outcome.done)
        }
        for failure in outcome.firstFailures { complain("\(failure)") }
        if outcome.failed > 0 {
            throw Ending(
                code: Ending.recordFailed,
                message: "\(outcome.done) records done, \(outcome.failed) of them failed and were "
                    + (onError == .skip ? "left out" : "given empty values"))
        }
    }

    private func startPool(workers: Int) throws(Ending) -> Supervisor {
        do {
            let supervisor = try Supervisor(Supervisor.Options(workers: workers))
            let living = supervisor.livingWorkers
            if living < workers { complain("\(living) workers instead of \(workers): the system has no room for more") }
            return supervisor
        } catch {
            throw Ending(code: Ending.outOfResources, message: "\(error)")
        }
    }

    private func openInput() throws(Ending) -> Descriptor {
        guard let inputPath, inputPath != "-" else { return Descriptor(owning: STDIN_FILENO) }
        do {
            return try File.open(inputPath, O_RDONLY)
        } catch {
            throw Ending(code: Ending.usage, message: "cannot open \(inputPath): \(error)")
        }
    }

    private func openOutput() throws(Ending) -> Descriptor {
        guard let outputPath else { return Descriptor(owning: STDOUT_FILENO) }
        // Standard input may be the same file too, and to open it for writing would empty it.
        let input = inputPath == "-" ? nil : inputPath
        if (try? File.isSame(input ?? "/proc/self/fd/0", outputPath)) == true {
            throw Ending(code: Ending.usage, message: "\(outputPath) is the input; write to another file")
        }
        do {
            return try File.open(outputPath, O_WRONLY | O_CREAT | O_TRUNC)
        } catch {
            throw Ending(code: Ending.outputFailed, message: "cannot write \(outputPath): \(error)")
        }
    }

    /// What an error means for the exit code, and the last line on standard error.
    private func ending(of error: any Error, done: Int) -> Ending {
        let progress = "\(done) records done"
        switch error {
        case let ending as Ending:
            return ending
        case let failure as RecordFailure:
            return Ending(code: Ending.recordFailed, message: "\(failure); stopped there, \(progress)")
        case let error as RecordSyntaxError:
            return Ending(code: Ending.malformedInput, message: "\(inputName), \(error); stopped there, \(progress)")
        case let error as PlanError:
            return Ending(code: Ending.usage, message: "\(error)")
        case let error as InputError:
            return Ending(code: Ending.malformedInput, message: "\(inputName): \(error); stopped there, \(progress)")
        case let error as OutputError where error.error.code == EPIPE:
            return Ending(code: Ending.readerGone, message: "")
        case let error as OutputError:
            return Ending(code: Ending.outputFailed, message: "\(error); stopped there, \(progress)")
        case let error as PoolError where error.code == .workersDie:
            return Ending(code: Ending.recordFailed, message: "\(error); stopped there, \(progress)")
        default:
            return Ending(code: Ending.outOfResources, message: "\(error); stopped there, \(progress)")
        }
    }

    private var inputName: String { inputPath ?? "standard input" }

    private func writeStats(_ stream: RecordStream, _ supervisor: Supervisor, seconds: Double) throws {
        guard let statsPath else { return }
        let statistics = supervisor.statistics
        let text = """
            {"records":\(stream.outcome.done),"failed":\(stream.outcome.failed),"retried":\(statistics.retried),\
            "workers":\(supervisor.livingWorkers),"workers_replaced":\(statistics.workersReplaced),"seconds":\(seconds),\
            "input_bytes":\(stream.inputBytes),"output_bytes":\(stream.outputBytes),"window_bytes":\(Self.window)}

            """
        do {
            let file = try File.open(statsPath, O_WRONLY | O_CREAT | O_TRUNC)
            try File.write(file.number, text: text)
        } catch {
            throw Ending(code: Ending.outputFailed, message: "cannot write \(statsPath): \(error)")
        }
    }
}
