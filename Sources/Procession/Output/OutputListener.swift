import Dispatch
import ProcessionSystem

/// Listens to what the workers of a pool print, in a thread that starts with the first of them and ends with the pool.
///
/// Each worker has two pipes of its own, so that nobody's lines are mixed with another's, and each line is known to be
/// of a process. A pipe is heard to its end, or, where a program that the worker has left behind has it still, until
/// the worker is reaped.
final class OutputListener: Sendable {
    private let desk = Monitor(Desk())
    private let teller: OutputTeller
    private let bell: Bell
    private let birthplace = Birthplace()

    /// What the thread is to know.
    enum News: Sendable {
        case started(Voice)
        case ended(Int32)
        /// All workers are gone. Signalled when all that they have said is told.
        case stop(DispatchSemaphore)
    }

    private struct Desk: Sendable {
        /// In the order in which they came.
        var news: [News] = []
        var hasThread = false

        mutating func takeNews() -> [News] {
            defer { news = [] }
            return news
        }
    }

    init(_ tell: @escaping @Sendable (WorkerOutput) -> Void) throws(SystemError) {
        teller = OutputTeller(tell)
        bell = try Bell()
    }

    deinit { stop(within: .zero) }

    /// Starts the thread, where it is not there.
    func start() throws(SystemError) {
        let isFirst = desk { desk in
            defer { desk.hasThread = true }
            return !desk.hasThread
        }
        guard isFirst else { return }
        do {
            try startOwnThread { [desk, bell, teller] in
                var ear = Ear(teller)
                while ear.listen(bell, { desk { $0.takeNews() } }) {}
            }
        } catch {
            desk { $0.hasThread = false }
            throw error
        }
    }

    /// A worker has been started that prints to these pipes.
    func hear(_ worker: Int, _ processID: Int32, output: consuming Descriptor, errors: consuming Descriptor) {
        let voices = [
            Voice(Printer(worker: worker, processID: processID, stream: .standardOutput), output),
            Voice(Printer(worker: worker, processID: processID, stream: .standardError), errors),
        ]
        tell(voices.map { .started($0) })
    }

    /// A worker was reaped. What it has said is in its pipes by now.
    func hasEnded(_ processID: Int32) { tell([.ended(processID)]) }

    /// Ends the thread, when all workers are gone, and waits until all that they have said is told; no longer than
    /// given, because the host may be busy, or whoever waits may be who is told.
    func stop(within time: Duration = .seconds(1)) {
        // In a copy of the process there is no such thread.
        guard birthplace.isHere else { return }
        let isTold = DispatchSemaphore(value: 0)
        let hasThread = desk { desk in
            defer { desk.hasThread = false }
            if desk.hasThread { desk.news.append(.stop(isTold)) }
            return desk.hasThread
        }
        guard hasThread else { return }
        bell.counter.signal()
        _ = isTold.wait(timeout: .now() + .nanoseconds(Int(time.nanoseconds)))
    }

    private func tell(_ news: [News]) {
        desk { $0.news += news }
        bell.counter.signal()
    }
}

/// A pipe that a worker prints to, in a place where only copyable things can be.
final class Voice: Sendable {
    let printer: Printer
    let pipe: Descriptor

    init(_ printer: Printer, _ pipe: consuming Descriptor) {
        self.printer = printer
        self.pipe = pipe
    }
}

/// Lets the thread look up; in such a place too.
final class Bell: Sendable {
    let counter: EventCounter
    init() throws(SystemError) { counter = try EventCounter() }
}
