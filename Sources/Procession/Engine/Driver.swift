import ProcessionSystem
import Synchronization

/// A thread that steps runs for those who must not wait in a thread of theirs, such as tasks: one for all of a pool's.
///
/// It starts with the first run, and ends with the pool.
final class Driver: Sendable {
    private let desk = Monitor(Desk())
    /// As which it waits for news of its runs.
    private let caller = DrivingCaller()

    private struct Desk: Sendable {
        /// Runs that it has not begun.
        var fresh: [any DrivenRun] = []
        var hasThread = false
        /// Where it steps runs, if it does.
        var engine: Engine?
        var isStopped = false

        /// Says where it steps runs. Whether there is another one that it has not begun.
        mutating func isAwaited(at engine: Engine) -> Bool {
            self.engine = engine
            return !fresh.isEmpty
        }
    }

    /// Takes over a run: begins it, steps it, and tells it when it is over.
    func add(_ run: any DrivenRun) {
        let (isFirst, engine) = desk.when({ _ in true }) { desk in
            defer { desk.hasThread = true }
            desk.fresh.append(run)
            return (!desk.hasThread, desk.engine)
        }
        if isFirst { start() } else { engine?.call(caller) }
    }

    private func start() {
        do {
            try startOwnThread { [desk, caller] in Self.drive(desk, caller) }
        } catch {
            // Those that came meanwhile rely on it, too.
            let runs = desk { desk in
                desk.hasThread = false
                defer { desk.fresh = [] }
                return desk.fresh
            }
            for run in runs { run.end(PoolError(.system, "cannot start a thread: \(error)")) }
        }
    }

    /// Lets it look which of its runs nobody wants any more.
    func lookUp() { desk { $0.engine }?.call(caller) }

    /// Ends the thread, when there are no runs.
    func stop() { desk.when({ _ in true }) { $0.isStopped = true } }

    /// The thread.
    private static func drive(_ desk: Monitor<Desk>, _ caller: DrivingCaller) {
        var runs: [any DrivenRun] = []
        while true {
            let fresh = desk.when({ !runs.isEmpty || !$0.fresh.isEmpty || $0.isStopped }) { desk in
                defer { desk.fresh = [] }
                return desk.fresh
            }
            if fresh.isEmpty, runs.isEmpty { return }
            for run in fresh {
                if run.begin(by: caller) { runs.append(run) } else { run.pool.tidy() }
            }
            guard let engine = runs.first?.engine else { continue }
            // Who adds a run from now on calls; who came before did not.
            if !fresh.isEmpty, desk({ $0.isAwaited(at: engine) }) { continue }
            engine.drive(runs, by: caller)
            if caller.hasProgress {
                caller.hasProgress = false
                for run in runs { run.tellProgress() }
            }
            guard let pool = runs.first(where: \.isOver)?.pool else { continue }
            for run in runs where run.isOver { run.end(nil) }
            runs.removeAll(where: \.isOver)
            if runs.isEmpty { desk { $0.engine = nil } }
            pool.tidy()
        }
    }
}

/// The engine's lock is what it belongs to.
final class DrivingCaller: Caller, @unchecked Sendable {}

/// A run that a driver steps.
protocol DrivenRun: AnyObject, Sendable {
    var pool: WorkerPool { get }
    var engine: Engine? { get }
    /// Begins it. Where that fails, whoever wants it is told, and false is returned.
    func begin(by driver: Caller) -> Bool
    /// A step, with the engine's lock.
    func heldStep() -> Supervisor.Step
    /// Tells how far it has come, if somebody wants to know and does not.
    func tellProgress()
    /// Nothing of it is wanted any more, but workers may still be at it.
    var isForgotten: Bool { get }
    var isOver: Bool { get }
    /// It is over, or could not begin for a reason.
    func end(_ error: (any Error)?)
}

/// A run over the records of a source, which belongs to the driver until the run is over.
final class DrivenSource<Source: RecordSource>: DrivenRun, @unchecked Sendable {
    /// Gets the source back, and what has ended the run before its time; what it returns is called when nothing of the
    /// run holds memory any more.
    typealias Completion = (Source, (any Error)?) -> () -> Void

    /// What holds memory until the run is over, whoever still refers to the run then.
    private struct Work {
        var source: Source
        let call: WorkerPool.Call
        let request: RunRequest
        let image: () throws -> FunctionImage
        var completion: Completion = { _, _ in {} }
        var engine: Engine?
        var run: Run?
        var failure: (any Error)?
    }

    let pool: WorkerPool
    private var work: Work?
    private(set) var isOver = false
    private let isCancelled = Atomic(false)

    init(
        _ source: Source, _ call: WorkerPool.Call, _ request: RunRequest, image: @escaping () throws -> FunctionImage
    ) {
        pool = call.pool
        work = Work(source: source, call: call, request: request, image: image)
    }

    /// Hands it over to the driver.
    func start(_ completion: @escaping Completion) {
        work!.completion = completion
        pool.core.driver.add(self)
    }

    /// Ends it soon, from any thread.
    func cancel() {
        isCancelled.store(true, ordering: .releasing)
        pool.core.driver.lookUp()
    }

    private var ending: (any Error)? { isCancelled.load(ordering: .acquiring) ? CancellationError() : nil }

    var engine: Engine? { work?.engine }

    func begin(by driver: Caller) -> Bool {
        do {
            if let ending { throw ending }
            let engine = try pool.core.borrow(for: .map, work!.call)
            work!.engine = engine
            work!.run = try engine.begin(work!.image(), &work!.source, work!.request, by: driver)
            return true
        } catch {
            end(error)
            return false
        }
    }

    func tellProgress() { work?.run?.tellProgress() }

    var isForgotten: Bool { work?.run?.isForgotten == true }

    func heldStep() -> Supervisor.Step {
        switch work!.engine!.heldStep(work!.run!, &work!.source, unless: ending) {
        case .success(let step):
            isOver = step == .over
            return step
        case .failure(let error):
            work!.failure = error
            return .moved
        }
    }

    func end(_ error: (any Error)?) {
        guard let tell = takeWork(error) else { return }
        tell()
    }

    private func takeWork(_ error: (any Error)?) -> (() -> Void)? {
        guard let work = work.take() else { return nil }
        if work.engine != nil { pool.core.giveBack(.map) }
        return work.completion(work.source, error ?? work.failure)
    }
}
