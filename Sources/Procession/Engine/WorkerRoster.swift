import Glibc
import ProcessionSegment
import ProcessionSystem

/// The workers of a pool: spawned, watched, reaped and replaced.
///
/// Spawning happens on a thread of its own that lives as long as the pool, because the kernel kills a worker when the
/// *thread* that spawned it ends, and callers come from threads that may end at any time. Where the caller's does not,
/// it spawns by itself.
final class WorkerRoster {
    /// A worker that is no more: which, and how it ended.
    struct Loss {
        let worker: Int
        let ending: Ending
        /// What it has written to standard error last.
        let lastLine: String?
    }

    /// The program that workers are copies of; nil for the running one.
    private let executable: String?
    let capacity: Int
    private let segments: ParentSegments
    private let spawner: SpawnThread?
    private let environment: [String]
    /// Those of the first workers are those of all.
    let surroundings: Surroundings
    /// Workers have programs that end with them, and may have something to say.
    private let awaitsPrograms: Bool
    /// Workers have guards, which end what a worker has started.
    private let guardsWorkers: Bool
    /// Hears what workers print, if somebody wants to know.
    private let listener: OutputListener?
    private var processes: [ChildBox?]
    /// Where is written who runs.
    private let board: PoolBoard
    /// What `poll` should watch: the bell, and then the handles of the workers that are running.
    private(set) var pollItems: [PollItem] = []
    /// Rung by a worker that leaves a chunk the parent waits for.
    let bell: EventCounter
    /// Workers spawned over the pool's life, the first ones included.
    private(set) var spawned = 0
    /// Why the last spawn failed, if it did.
    private(set) var spawnError: SystemError?

    /// The worst that a worker has said when it left.
    private var lastWord = LastWord.fine
    /// The process waits for no other child than the workers.
    private let buriesStrangers: Bool

    /// - Parameter surroundings: Those of the workers that the same pool had before, if it had any.
    init(
        segments: ParentSegments, _ options: Engine.Options, _ board: PoolBoard, _ surroundings: Surroundings?
    ) throws(SystemError) {
        self.segments = segments
        self.board = board
        self.surroundings = surroundings ?? Surroundings()
        buriesStrangers = options.buriesStrangers
        guardsWorkers = options.guardsWorkers
        listener = options.listener
        awaitsPrograms = options.servesOneRun && (options.dismissesWorkers || options.guardsWorkers)
        capacity = options.workers
        executable = options.executable
        environment = options.backtraces ? [] : ["SWIFT_BACKTRACE=enable=no"]
        processes = (0..<options.workers).map { _ in nil }
        bell = try EventCounter()
        spawner = options.spawnsByItself ? nil : try SpawnThread()
    }

    /// Workers that are running, as far as has been noticed.
    private(set) var living = 0

    /// The numbers of the workers that are running, as far as has been noticed.
    var livingNumbers: [Int] { processes.indices.filter { processes[$0] != nil } }

    func isLiving(_ worker: Int) -> Bool { processes.indices.contains(worker) && processes[worker] != nil }

    /// The process id of a worker, for messages and tests.
    func pid(of worker: Int) -> Int32? { processes[worker]?.process.pid }

    /// The process ids of the workers that are running, as far as has been noticed.
    var processIDs: [Int32] { processes.compactMap { $0?.process.pid } }

    /// Spawns a worker for every empty seat. A refusal leaves seats empty: fewer workers are normal, none is the
    /// caller's error to report.
    func fill() {
        guard living < capacity else { return }
        for worker in processes.indices where processes[worker] == nil {
            segments.resetLine(ofWorker: worker)
            do throws(SystemError) {
                processes[worker] = ChildBox(try spawn(worker))
                spawned += 1
                spawnError = nil
                noteChange()
            } catch {
                spawnError = error
                return
            }
        }
    }

    /// Throws when there is no worker at all, with the reason.
    func requireWorkers() throws(PoolError) {
        guard living == 0 else { return }
        guard let error = spawnError else { throw PoolError(.system, "no worker could be started") }
        throw PoolError(.system, "no worker: \(error)\(wayOut(of: error))")
    }

    private func wayOut(of error: SystemError) -> String {
        if let executable, !error.isUnavailable { return "; workers are started from \(executable)" }
        if error.isMissingFile {
            // Where there is /proc, the running executable is there too, even when its file was deleted.
            return Program.hasNull
                ? "; workers are started from /proc/self/exe: is /proc mounted?"
                : "; workers get /dev/null for their standard input, and there is none"
        }
        return error.isUnavailable ? "" : "; raise the limit on processes or descriptors, or ask for fewer workers"
    }

    /// Other workers are running than before.
    private func noteChange() {
        board.processIDs = processIDs
        living = board.processIDs.count
        pollItems =
            [PollItem(descriptor: bell.descriptor.number, wants: .read)]
            + processes.compactMap { $0.map { PollItem(descriptor: $0.process.handle.number, wants: .read) } }
    }

    private func request(for worker: Int) -> SpawnRequest {
        let numbers = segments.descriptors
        let nonce = String(segments.nonce, radix: 16)
        // PROCESSION_MARK_NAME; of this worker alone, and not of those that had its seat before.
        let mark = guardsWorkers ? ["PROCESSION_WORKER=\(nonce).\(worker).\(spawned)"] : []
        var request = SpawnRequest(
            path: executable ?? "/proc/self/exe", arguments: [workerName, String(worker), nonce] + mark,
            environment: environment + mark,
            descriptors: [
                (numbers[0], WorkerDescriptor.input), (numbers[1], WorkerDescriptor.result),
                (bell.descriptor.number, WorkerDescriptor.signal),
            ])
        request.inherited = surroundings.environment
        request.directory = surroundings.directory
        return request
    }

    private func spawn(_ worker: Int) throws(SystemError) -> ChildProcess {
        var request = request(for: worker)
        guard let listener else { return try spawn(request) }
        try listener.start()
        let output = try Pipe(weRead: true)
        let errors = try Pipe(weRead: true)
        request.prints = .init(output: output.writing.number, errors: errors.writing.number)
        let child = try spawn(request)
        listener.hear(worker, child.pid, output: output.takeReading(), errors: errors.takeReading())
        return child
    }

    private func spawn(_ request: SpawnRequest) throws(SystemError) -> ChildProcess {
        guard let spawner else { return try ChildProcess.spawn(request) }
        return try spawner.spawn(request)
    }

    /// Lets each worker wake on a core of its own, where all of them sleep and there is one for every core. Awake, a
    /// worker takes back the cores that it had (`WorkerSegments.claim`).
    ///
    /// The kernel wakes a worker where it has slept, or where its parent runs, and so not seldom two on one core, above
    /// all in a virtual machine, where it takes a core that has halted for one in use. It may be 4 ms until it parts
    /// them.
    func spread() {
        guard let cores = try? CoreSet(of: 0), cores.count > 1, cores.count <= capacity,
            processes.indices.allSatisfy({ isLiving($0) && segments.isAsleep(worker: $0) })
        else { return }
        for worker in processes.indices {
            // A function may have chosen other cores for its worker.
            guard let pid = pid(of: worker), (try? CoreSet(of: pid)) == cores else { continue }
            try? cores.only(worker % cores.count).assign(to: pid)
        }
    }

    /// Reaps whoever has died. Until then, what a worker claimed is its own.
    func reap() throws(SystemError) -> [Loss] {
        var losses: [Loss] = []
        defer { if !losses.isEmpty { noteChange() } }
        for worker in processes.indices {
            guard let child = processes[worker], let ending = try child.process.reap() else { continue }
            listener?.hasEnded(child.process.pid)
            processes[worker] = nil
            losses.append(Loss(worker: worker, ending: ending, lastLine: segments.lastWords(ofWorker: worker)))
            if let word = WorkerExit.lastWord(ending) { lastWord.include(word) }
        }
        if buriesStrangers, !losses.isEmpty { ChildProcess.buryStrangers(except: Set(processIDs)) }
        return losses
    }

    /// Kills a worker. Its loss is reported by `reap` when the kernel has let it go. A number that is nobody's, as a
    /// damaged owner word has it, is passed over.
    func kill(_ worker: Int) {
        guard isLiving(worker) else { return }
        try? processes[worker]?.process.kill(SIGKILL)
    }

    /// Kills and reaps all workers; where they have programs, waits a second for the end of these too, so that nobody
    /// speaks after us.
    func killAll() {
        let programs = awaitsPrograms ? processIDs.flatMap { (try? ResourceCensus.children(of: $0)) ?? [] } : []
        for worker in processes.indices { kill(worker) }
        for worker in processes.indices { processes[worker] = nil }  // waits for the kernel to let it go
        let deadline = Instant.now + .seconds(1)
        var nothing: [PollItem] = []
        while Instant.now < deadline, !programs.allSatisfy(WorkerIdentity.hasEnded) {
            _ = try? poll(&nothing, timeout: .milliseconds(1))
        }
        noteChange()
    }

    /// Asks all workers to leave, and waits for that, at most as long as given; the others are killed. At once when
    /// interrupted. Returns the worst that one of them has to say, or one that has left before.
    func disband(within time: Duration, unless interruption: Interruption?) -> LastWord {
        segments.stopWorkers()
        let start = Instant.now
        while living > 0, .now - start < time {
            // Who sleeps on after a second was not told, and has nothing to say.
            if .now - start > .seconds(1), livingNumbers.allSatisfy(segments.isAsleep) { break }
            var items = Array(pollItems.dropFirst())
            if let interruption {
                if interruption.check() != nil { break }
                items.append(interruption.pollItem)
            }
            _ = try? poll(&items, timeout: .milliseconds(100))
            guard (try? reap()) != nil else { break }
        }
        end()
        return lastWord
    }

    /// Kills all workers, and spawns no more.
    func end() {
        killAll()
        spawner?.stop()
    }
}

/// argv[0] of a worker: PROCESSION_WORKER_NAME, which procession_entry.h explains.
private let workerName = "procession-worker"

/// A child process in a place where only copyable things can be.
private final class ChildBox {
    let process: ChildProcess
    init(_ process: consuming ChildProcess) { self.process = process }
}
