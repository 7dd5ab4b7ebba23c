import ProcessionSegment
import ProcessionSystem

/// What a caller does with its run.
///
/// A step takes the lock once, and a run that does not wait keeps it as long as nobody else wants it. So the sources
/// that are asked in it neither take long nor use the pool: what is a user's code, such as a sequence of records, comes
/// before or after. What is `held` is for who has the lock.
extension Engine {
    /// A run from its beginning to its end. Throws what the source throws, a `PoolError` when the run cannot go on, or
    /// `Interrupted`, after which the pool cannot be used any more.
    package func run<Source: RecordSource>(
        _ source: inout Source, _ function: FunctionImage, _ request: RunRequest = RunRequest()
    ) throws {
        guard birthplace.isHere else { throw PoolError.forked }
        lock.lock()
        defer { lock.unlock() }
        let run = try lock.held { try $0.begin(function, &source, request) }
        request.onBegin?(run.number, RunWatch(run.chunks, memory.segments))
        while true {
            switch try heldStep(run, &source) {
            case .moved: lock.yield()
            case .stalled: try heldWait(run)
            case .over: return
            }
        }
    }

    /// Begins a run. It lasts until a step says that it is over, a step or a wait throws, or `abandon`.
    ///
    /// - Parameter driver: Who steps it beside others; nil where its caller has it alone.
    func begin<Source: RecordSource>(
        _ function: FunctionImage, _ source: inout Source, _ request: RunRequest, by driver: Caller? = nil
    ) throws -> Run {
        guard birthplace.isHere else { throw PoolError.forked }
        return try lock { try $0.begin(function, &source, request, by: driver) }
    }

    /// Collects what workers have left, drains what is finished at the head, opens further chunks. Never sleeps.
    func step<Source: RecordSource>(_ run: Run, _ source: inout Source) throws -> Supervisor.Step {
        guard birthplace.isHere else { throw PoolError.forked }
        lock.lock()
        defer { lock.unlock() }
        return try heldStep(run, &source)
    }

    /// Tells how far a run has come. With the lock, which is open meanwhile.
    private func heldTell(_ run: Run) {
        run.hasProgress = false
        lock.unlock()
        defer { lock.lock() }
        run.tellProgress()
    }

    private func heldStep<Source: RecordSource>(_ run: Run, _ source: inout Source) throws -> Supervisor.Step {
        do {
            let step = try lock.held { try $0.step(run, &source) }
            if run.hasProgress { heldTell(run) }
            return step
        } catch {
            heldEnd(run, with: error)
            throw error
        }
    }

    /// Ends a run before its end.
    func abandon(_ run: Run) {
        guard birthplace.isHere else { return }
        lock.lock()
        defer { lock.unlock() }
        clear(run)
    }

    /// A run cannot go on.
    func end(_ run: Run, with error: any Error) {
        guard birthplace.isHere else { return }
        lock.lock()
        defer { lock.unlock() }
        heldEnd(run, with: error)
    }

    func heldEnd(_ run: Run, with error: any Error) {
        guard birthplace.isHere else { return }
        if options.servesOneRun || error is Interrupted { supervisor.killAll() } else { clear(run) }
    }
}
