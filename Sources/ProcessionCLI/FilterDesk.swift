import Procession
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// Keeps one filter running in a worker, feeds it chunk after chunk, and gives its answers, in order, to the records.
///
/// A filter may buffer what it answers, so it
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
    /// What was received and not yet given to a record lies in this part of the buffer.
    private var received = 0..<0
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    /// Lines that one filter may be given, while we look for the one that kills it.
    private var allowance: Int?
    /// Filters that died on the next record when it was alone.
    private var blamed = 0
    /// Filters that died without having answered anything, one after the other.
    private var fruitless = 0
    private var answeredByFilter = 0
    /// The filter was given all there is, and told so.
    private var wasAskedToEnd = false
    private var stalled = Duration.zero
    private var shortage = MemoryShortage()
    /// What was wrong with answers whose records are published already.
    private var complaint: String?

    /// How long nothing has moved before the filter's input is closed: more for one that is slow to start.
    private var patience = Duration.milliseconds(8)
    private static let mostPatience = Duration.milliseconds(500)
    private var startedAt: UInt64 = 0
    /// The filter writes its answers in small pieces, and more are to come: to wake for every piece, on the core that the
    /// filter works on, would cost more than it is worth. So they gather for a while, in which they do not fill the pipe.
    private var pause: Duration?
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
                settleHead(worker)
                if !jobs.isEmpty { try step(worker) }
            } catch {
                let wayOut = "raise the limit on processes or descriptors, or ask for fewer workers"
                return abort("the filter cannot be run: \(error); \(wayOut)", because: .systemRefused, worker)
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
        let wasSupplied = worker.isSupplied
        if feeding == nil, allowance == nil, filter!.isOpen, jobs.count < worker.share,
            let another = worker.claimAnother()
        {
            accept(another)
            feeding = jobs.firstIndex { !$0.isSent }
        }
        if allowance != nil { feeding = mayFeed(feeding) }
        // Looked up before the last try to claim, so that "all opened" and "nothing open" together mean the end.
        let isOver = feeding == nil && jobs.allSatisfy(\.isSent) && wasSupplied
        if feeding == nil, filter!.isOpen, allowance != nil || isOver || stalled >= patience {
            worker.discount(stalled)
            wasAskedToEnd = true
            filter!.closeInput()
        }

        if let pause { try filter!.rest(pause) }
        let wantsToSend = feeding != nil && filter!.isOpen
        let (canReceive, canSend) = try filter!.wait(toSend: wantsToSend, timeout: Self.step)
        stalled = canReceive || canSend ? .zero : stalled + Self.step
        if canSend, let feeding { try send(jobAt: feeding) }
        if canReceive { try receive(worker) }
    }

    private func start() throws(SystemError) {
        filter = try Filter(command: plan.command)
        answeredByFilter = 0
        wasAskedToEnd = false
        startedAt = Clock.monotonic()
        received = 0..<0
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
        if received.upperBound == buffer.count { makeRoom() }
        let capacity = filter!.capacity
        guard let count = try filter!.receive(into: &buffer, from: received.upperBound) else { return }
        guard count > 0 else { return try end(worker) }
        received = received.lowerBound..<received.upperBound + count
        if answeredByFilter == 0 {
            let latency = Duration.nanoseconds(Int64(Clock.monotonic() - startedAt))
            patience = min(max(patience, latency * 2), Self.mostPatience)
        }
        takeLines(worker)
        let hasMore = jobs.count > 1 || jobs.first.map { $0.chunk.end - $0.item > 64 } == true
        // At 500 MB/s a filter fills its pipe in two nanoseconds a byte.
        pause = hasMore && count < capacity / 5 ? .nanoseconds(count < 4096 ? 200_000 : 2 * capacity) : nil
    }

    /// Moves what was received to the front; doubles the buffer for a line that fills it.
    private func makeRoom() {
        if received.lowerBound == 0 {
            buffer += Array(repeating: 0, count: buffer.count)
        } else {
            buffer.replaceSubrange(0..<received.count, with: Array(buffer[received]))
            received = 0..<received.count
        }
    }

    /// Gives every whole line that was received to its record.
    private func takeLines(_ worker: _Worker) {
        while true {
            settleHead(worker)
            guard !jobs.isEmpty else { break }
            guard let taken = jobs[0].takeAnswers(buffer.span.extracting(received)) else { return giveBackHead(worker) }
            guard taken.answers > 0 else { return }
            received = received.lowerBound + taken.bytes..<received.upperBound
            answeredByFilter += taken.answers
            fruitless = 0
            blamed = 0
        }
        if received.isEmpty { received = 0..<0 } else { abort(tooMany, worker) }
    }

    /// Lets go of the oldest chunks that are answered, and fails items that are never sent.
    private func settleHead(_ worker: _Worker) {
        while let job = jobs.first {
            if job.isAnswered {
                worker.leave(job.chunk)
                jobs.removeFirst()
            } else if let refusal = job.refusal {
                failHead(refusal, worker)
            } else {
                return
            }
        }
    }

    private func failHead(_ reason: String, _ worker: _Worker) {
        let text: [UInt8] = plan.records.emptyWhenFailed ? [UInt8(ascii: "\n")] : []
        jobs[0].fail(reason, text: text.span)
        blamed = 0
        if jobs[0].chunk.output.isFull { giveBackHead(worker) }
    }

    /// The answers do not fit into the oldest chunk: the parent hands the rest of it out again, with more room. The
    /// filter goes, because nobody is left to take its answers.
    private func giveBackHead(_ worker: _Worker) {
        var chunk = jobs[0].chunk
        chunk.output.refuse(max(chunk.overflowUsed + received.count, 4096))
        chunk.giveBack()
        worker.leave(chunk)
        jobs.removeFirst()
        filter = nil
        received = 0..<0
    }

    // MARK: Endings

    /// The filter has closed its output.
    private func end(_ worker: _Worker) throws(SystemError) {
        let ending = try filter!.finish()
        filter = nil
        let isClean = ending == .exited(0)
        if isClean, !received.isEmpty {
            // A last line without its newline is an answer like others.
            if received.upperBound == buffer.count { makeRoom() }
            buffer[received.upperBound] = UInt8(ascii: "\n")
            received = received.lowerBound..<received.upperBound + 1
            takeLines(worker)
        }
        received = 0..<0
        guard !jobs.isEmpty else { return }

        let unanswered = jobs.reduce(0) { $0 + $1.countUnanswered() }
        if unanswered == 0 {
            // It may have ended before it could be sent anything, and so may all that follow it.
            if answeredByFilter == 0, isHopeless(ending) { return abort(hopeless(ending), worker) }
            if let limit = allowance { allowance = limit > 1 << 16 ? nil : limit * 2 }
        } else if isClean, wasAskedToEnd {
            abort(
                "the filter answered \(answeredByFilter) lines for \(answeredByFilter + unanswered) records; "
                    + "it must answer exactly one line for each", worker)
        } else {
            blame(ending, unanswered, worker)
        }
    }

    /// The filter died with records unanswered: fewer at a time, and when one is alone, that one.
    private func blame(_ ending: Ending, _ unanswered: Int, _ worker: _Worker) {
        if isHopeless(ending) { return abort(hopeless(ending), worker) }
        guard unanswered == 1 else {
            allowance = max(1, unanswered / 2)
            return
        }
        blamed += 1
        guard blamed > plan.retries else { return }
        failHead("its filter \(ending)" + (ending.isKill && shortage.hasKilled() ? MemoryShortage.hint : ""), worker)
    }

    /// Whether starting the filter again makes no sense, now that one has ended.
    private func isHopeless(_ ending: Ending) -> Bool {
        fruitless = answeredByFilter == 0 ? fruitless + 1 : 0
        return ending == .exited(127) || ending == .exited(126) || fruitless > Self.mostFruitless
    }

    private func hopeless(_ ending: Ending) -> String { "the filter \(ending) before it answered anything" }

    private let tooMany =
        "the filter answered more lines than it was sent records; it must answer exactly one line for each"

    /// The run cannot go on: what was published may belong to other records, or no filter can be had.
    private func abort(_ reason: String, because surrender: Surrender = .functionBroken, _ worker: _Worker) {
        filter = nil
        received = 0..<0
        guard !jobs.isEmpty else { return complaint = reason }
        var chunk = jobs[0].chunk
        chunk.abort(jobs[0].item, reason, because: surrender)
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
