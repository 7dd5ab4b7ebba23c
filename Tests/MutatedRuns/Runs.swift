import Glibc
import Procession
import ProcessionSystem

/// What came of the runs.
struct Tally: CustomStringConvertible {
    var mutations = 0
    /// Runs that came to their end, with whatever results, and runs that were refused.
    var ended = 0
    var refused = 0
    /// Runs without mutations in between, and those of them in which a result was wrong all the same.
    var clean = 0
    var soiled = 0
    var commands = 0

    var description: String {
        """
        \(mutations) mutations: \(ended) runs of the library ended and \(refused) were refused, \(commands) of the \
        command ended; of \(clean) runs after them \(soiled) still had wrong results; 0 crashes, 0 hangs
        """
    }
}

/// A run that takes longer has hung: the process ends by SIGALRM.
private let limit: UInt32 = 120
private let records = Array(0..<1500)

/// Maps and streams while this process's own pool is scribbled over.
func mutateLibrary(_ count: Int, seed: UInt64, _ tally: inout Tally) throws {
    let goal = tally.mutations + count
    var run: UInt64 = 0
    while tally.mutations < goal {
        let pool = try WorkerPool(workers: 2, timeLimit: .seconds(2), chunkSize: 16)
        guard let mutator = Mutator(of: getpid()) else { throw PoolError(.system, "the segment cannot be found") }
        mutator.start()
        defer { mutator.stop() }
        let before = tally.mutations
        // Not for ever in one pool: what a lie has left behind should not be all that later runs see.
        for _ in 0..<40 where tally.mutations < goal {
            run += 1
            alarm(limit)
            do {
                try mutator.scribble(seed: seed &+ run) { try anyRun(run, pool) }
                tally.ended += 1
            } catch is PoolError {
                tally.refused += 1
            }
            alarm(limit)
            if run % 8 == 0 {
                tally.clean += 1
                if try !cleanRun(pool) { tally.soiled += 1 }
            }
            alarm(0)
            tally.mutations = before + mutator.count
        }
        print("run \(run), \(tally)")
    }
}

private func anyRun(_ run: UInt64, _ pool: WorkerPool) throws {
    switch run % 7 {
    case 0: consume(try pool.map(records, Square(), onFailure: .collect))
    case 1: consume(try pool.map(records, Describe(), onFailure: .collect))
    case 2: consume(try pool.map(records, Nest(), onFailure: .collect))
    case 3: consume(pool.stream(records, Square()))
    case 4: consume(try pool.map(records, Pack(), onFailure: .collect))
    case 5: consume(pool.stream(records, Describe(), window: 1 << 18))
    default: consume(pool.stream(records, Nest(), window: 1 << 18))
    }
}

/// Looks at every result, as whoever asked for them does.
private func consume<Output, Failure: Error>(_ results: some Sequence<Result<Output, Failure>>) {
    var bytes = 0
    for result in results {
        switch result {
        case .success(let value): bytes += "\(value)".utf8.count
        case .failure(let failure): bytes += "\(failure)".utf8.count
        }
    }
    precondition(bytes >= 0)
}

/// Whether a run that nobody disturbs has right results. A place that was damaged before may cost it a record.
private func cleanRun(_ pool: WorkerPool) throws -> Bool {
    guard let results = try? pool.map(records, Square(), onFailure: .collect) else { return false }
    return results.failures.isEmpty && results.map { try? $0.get() } == records.map { $0 * $0 }
}

/// Runs of the built `procession`, scribbled over from outside.
func mutateCommand(_ count: Int, seed: UInt64, _ tally: inout Tally) throws {
    let path = "/tmp/procession-mutated-\(getpid())"
    let text = (0..<20_000).map { "\"\($0)\":\($0 * 7)" }.joined(separator: ",\n")
    let input = try File.open(path, O_RDWR | O_CREAT | O_TRUNC)
    try File.write(input.number, text: "{\(text)}\n")
    defer { unsafe unlink(path) }

    let goal = tally.mutations + count
    let options = [
        "-f json -c a=double -c b=string", "-f json -c a=double -c b=string --split", "-f lines -c a=upper -c b=length",
        "-f lines -x cat",
    ]
    var run: UInt64 = 0
    while tally.mutations < goal {
        run += 1
        alarm(limit)
        let option = options[Int(run % 4)]
        let command = try ChildProcess.spawn(
            SpawnRequest(
                path: "/bin/sh",
                arguments: [
                    "sh", "-c",
                    "exec \"$0\" map -j 2 --timeout 2 --on-error null \(option) \(path) >/dev/null 2>&1",
                    "\(builtProducts)/procession",
                ]))
        // Either it has a segment soon, or it has ended without one.
        var mutator: Mutator?
        while mutator == nil, !hasEnded(command, within: .milliseconds(1)) { mutator = Mutator(of: command.pid) }
        if let mutator {
            mutator.start()
            defer { mutator.stop() }
            mutator.scribble(seed: seed &+ run) { while !hasEnded(command, within: .seconds(1)) {} }
            tally.mutations += mutator.count
        }
        let ending = try command.reap()
        alarm(0)
        // Done; a record or its memory damaged; no room for what was wanted.
        guard let ending, [.exited(0), .exited(1), .exited(4)].contains(ending) else {
            print("FAILED: procession map \(option) \(ending.map { "\($0)" } ?? "is lost"), seed \(seed &+ run)")
            exit(1)
        }
        tally.commands += 1
    }
}

private func hasEnded(_ process: borrowing ChildProcess, within limit: Duration) -> Bool {
    var items = [PollItem(descriptor: process.handle.number, wants: .read)]
    return (try? poll(&items, timeout: limit)) == 1
}

/// The directory that holds this program, and `procession` with it.
private var builtProducts: Substring {
    let path = CommandLine.arguments[0]
    return path[..<path.lastIndex(of: "/")!]
}
