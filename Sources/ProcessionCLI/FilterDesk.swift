import Procession
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// Keeps one filter running in a worker, feeds it chunk after chunk, and gives its answers, in order, to the records.
///
/// Answers are received straight into the overflow bytes of the oldest chunk. A filter may buffer what it answers, so it
/// is fed further chunks while answers are missing; when there is nothing left to feed, its input is closed, which
/// flushes it, and another one is started for what comes later. What a filter had not answered when it died is sent to
/// the next one, in ever smaller batches until the record that kills it is alone; that one fails.
final class FilterDesk: WorkerLocal {
    private let plan: ExecPlan
    private var mapper: RecordMapper
    private let linesAreRecords: Bool
    private var filter: Filter?
    /// The chunks that are claimed, the oldest first.
    private var jobs: [FilterJob] = []
    /// Bytes received into the oldest chunk that are not a whole line yet.
    private var pending = 0
    /// Lines that one filter may be given, while we look for the one that kills it.
    private var allowance: Int?
    /// Filters that died on the next record when it was alone.
    private var blamed = 0
    /// Filters that died without having answered anything, one after the other.
    private var fruitless = 0
    private var answeredByFilter = 0
    private var stalled = Duration.zero

    /// How long nothing has moved before the filter's input is closed.
    private static let patience = Duration.milliseconds(40)
    private static let step = Duration.milliseconds(4)
    private static let mostFruitless = 32

    init(_ plan: ExecPlan) {
        self.plan = plan
        do {
            mapper = try RecordMapper(plan: plan.records)
        } catch {
            preconditionFailure("the parent sent a plan that no worker can follow: \(error)")
        }
        linesAreRecords = plan.records.value == nil && [.lines, .tsv, .ndjson].contains(plan.records.input)
        // A filter that has gone is told by the write that fails.
        try? WorkerIdentity.ignoreSignal(13)
    }

    /// Maps a chunk, and whatever else can be claimed meanwhile.
    func map(_ chunk: ClaimedChunk, on worker: _Worker) {
        accept(chunk)
        while !jobs.isEmpty {
            do {
                try settleHead(worker)
                if !jobs.isEmpty { try step(worker) }
            } catch {
                return abort("the filter cannot be run: \(error)", worker)
            }
        }
    }

    private func accept(_ chunk: ClaimedChunk) {
        jobs.append(FilterJob(chunk, &mapper, linesAreRecords: linesAreRecords))
    }

    // MARK: Feeding

    private func step(_ worker: _Worker) throws(SystemError) {
        if filter == nil { try start() }
        var feeding = jobs.firstIndex { !$0.isSent }
        if feeding == nil, allowance == nil, filter!.isOpen, let another = worker.claimAnother() {
            accept(another)
            feeding = jobs.firstIndex { !$0.isSent }
        }
        if allowance != nil { feeding = mayFeed(feeding) }
        if feeding == nil, filter!.isOpen, allowance != nil || stalled >= Self.patience {
            worker.discount(stalled)
            filter!.closeInput()
        }

        let wantsToSend = feeding != nil && filter!.isOpen
        let (canReceive, canSend) = try filter!.wait(toSend: wantsToSend, timeout: Self.step)
        stalled = canReceive || canSend ? .zero : stalled + Self.step
        if canSend, let feeding { try send(jobAt: feeding) }
        if canReceive { try receive(worker) }
    }

    private func start() throws(SystemError) {
        filter = try Filter(command: plan.command)
        answeredByFilter = 0
        pending = 0
        stalled = .zero
        for index in jobs.indices { jobs[index].rewind() }
    }

    /// With an allowance, only the oldest chunk is fed, and not beyond it.
    private func mayFeed(_ index: Int?) -> Int? {
        guard index == 0, let allowance else { return nil }
        let limit = max(0, allowance - answeredByFilter)
        return jobs[0].withUnsent(limit: limit) { $0.isEmpty } ? nil : 0
    }

    private func send(jobAt index: Int) throws(SystemError) {
        let limit = allowance.map { max(0, $0 - answeredByFilter) }
        let result = jobs[index].withUnsent(limit: limit) { lines in
            Result { () throws(SystemError) in try filter!.send(lines) }
        }
        // Where the filter reads no more, its output will end too, and tell.
        if let count = try result.get() { jobs[index].sent += count } else { filter!.closeInput() }
    }

    // MARK: Answers

    private func receive(_ worker: _Worker) throws(SystemError) {
        guard pending < jobs[0].chunk.output.free.count else { return giveBackHead(worker) }
        guard let count = try jobs[0].chunk.output.receive(from: filter!, behind: pending) else { return }
        guard count > 0 else { return try end(worker) }
        pending += count
        try takeLines(scannedFrom: pending - count, worker)
    }

    /// Gives every whole line that was received to its record.
    private func takeLines(scannedFrom start: Int, _ worker: _Worker) throws(SystemError) {
        var start = start
        while !jobs.isEmpty {
            try settleHead(worker)
            guard !jobs.isEmpty else { break }
            let begin = jobs[0].chunk.overflowUsed
            var job = jobs[0]
            var taken = 0
            let output = job.chunk.output
            output.withFreeBytes(pending) { bytes in
                var position = start
                while !job.isAnswered, job.refusal == nil {
                    let newline = find(UInt8(ascii: "\n"), in: bytes, from: position)
                    guard newline < bytes.count else { return }
                    position = newline + 1
                    job.answer(endingAt: begin + position)
                    answeredByFilter += 1
                    taken = position
                }
            }
            if taken > 0 {
                fruitless = 0
                blamed = 0
            }
            job.chunk.output.take(taken)
            jobs[0] = job
            pending -= taken
            start = 0
            if job.refusal == nil, !job.isAnswered { return }
        }
        if pending > 0 { abort(tooMany, worker) }
    }

    /// Lets go of the oldest chunks that are answered, and fails items that were never sent.
    private func settleHead(_ worker: _Worker) throws(SystemError) {
        while let job = jobs.first {
            if job.isAnswered {
                let rest = takePending()
                worker.leave(job.chunk)
                jobs.removeFirst()
                guard restore(rest, worker) else { return }
            } else if let refusal = job.refusal {
                failHead(refusal, worker)
            } else {
                return
            }
        }
    }

    private func failHead(_ reason: String, _ worker: _Worker) {
        let rest = takePending()
        var job = jobs[0]
        if plan.records.emptyWhenFailed {
            var line = job.chunk.output.freeBytes()
            line.append(UInt8(ascii: "\n"))
            if line.isFull { job.chunk.output.refuse(1) } else { job.chunk.output.take(1) }
        }
        job.fail(reason, textEnd: job.chunk.overflowUsed)
        jobs[0] = job
        if job.chunk.output.isFull { return giveBackHead(worker) }
        blamed = 0
        _ = restore(rest, worker)
    }

    /// Takes received bytes out of the chunk, because its end or what comes next needs the place.
    private func takePending() -> [UInt8] {
        let bytes = jobs[0].chunk.output.withFreeBytes(pending) { bytes in bytes.indices.map { bytes[$0] } }
        pending = 0
        return bytes
    }

    /// Puts received bytes into the chunk that is the oldest now. False when there is none to take them.
    private func restore(_ bytes: [UInt8], _ worker: _Worker) -> Bool {
        guard !bytes.isEmpty else { return true }
        guard !jobs.isEmpty else {
            complaint = tooMany
            return false
        }
        var writer = jobs[0].chunk.output.freeBytes()
        writer.append(bytes.span)
        if writer.isFull {
            giveBackHead(worker)
            return false
        }
        pending = bytes.count
        return true
    }

    /// The answers do not fit into the oldest chunk: the parent hands the rest of it out again, with more room. The
    /// filter goes, because nobody is left to take its answers.
    private func giveBackHead(_ worker: _Worker) {
        var chunk = jobs[0].chunk
        chunk.output.refuse(max(chunk.output.free.count * 2, 64 << 10))
        chunk.giveBack()
        worker.leave(chunk)
        jobs.removeFirst()
        filter = nil
        pending = 0
    }

    // MARK: Endings

    /// The filter has closed its output.
    private func end(_ worker: _Worker) throws(SystemError) {
        let wasAsked = !filter!.isOpen
        if pending > 0 {
            // A last line without its newline is an answer like others.
            var writer = jobs[0].chunk.output.freeBytes()
            writer.skip(pending)
            writer.append(UInt8(ascii: "\n"))
            if writer.isFull { return giveBackHead(worker) }
            pending += 1
        }
        let ending = try filter!.finish()
        filter = nil
        let isClean = ending == .exited(0)
        if isClean, pending > 0 { try takeLines(scannedFrom: pending - 1, worker) }
        pending = 0
        guard !jobs.isEmpty else { return }

        var unanswered = 0
        for index in jobs.indices { unanswered += jobs[index].countUnanswered() }
        if unanswered == 0 {
            if let limit = allowance { allowance = limit > 1 << 16 ? nil : limit * 2 }
        } else if isClean, wasAsked {
            abort(
                "the filter answered \(answeredByFilter) lines for \(answeredByFilter + unanswered) records; "
                    + "it must answer exactly one line for each", worker)
        } else {
            try blame(ending, unanswered, worker)
        }
    }

    /// The filter died with records unanswered: fewer at a time, and when one is alone, that one.
    private func blame(_ ending: Ending, _ unanswered: Int, _ worker: _Worker) throws(SystemError) {
        fruitless = answeredByFilter == 0 ? fruitless + 1 : 0
        if ending == .exited(127) || ending == .exited(126) || fruitless > Self.mostFruitless {
            return abort("the filter \(ending) before it answered anything", worker)
        }
        guard unanswered == 1 else {
            allowance = max(1, unanswered / 2)
            return
        }
        blamed += 1
        if blamed > plan.retries { failHead("its filter \(ending)", worker) }
    }

    private let tooMany =
        "the filter answered more lines than it was sent records; it must answer exactly one line for each"
    private var complaint: String?

    /// The run cannot go on: what was published may belong to other records.
    private func abort(_ reason: String, _ worker: _Worker) {
        filter = nil
        pending = 0
        guard !jobs.isEmpty else { return complaint = reason }
        var chunk = jobs[0].chunk
        chunk.abort(jobs[0].item, reason)
        worker.leave(chunk)
        for job in jobs.dropFirst() {
            job.chunk.giveBack()
            worker.leave(job.chunk)
        }
        jobs = []
    }

    /// Closes the filter, and looks whether it had more to say than it was asked.
    func finish() -> String? {
        guard complaint == nil, filter != nil else { return complaint }
        filter!.closeInput()
        let surplus = filter!.receiveRest()
        return surplus > 0 ? tooMany : nil
    }
}
