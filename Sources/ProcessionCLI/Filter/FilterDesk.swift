import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// Keeps one filter running in a worker, feeds it chunk after chunk, and gives its answers, in order, to the records.
///
/// It moves bytes between the chunks (`FilterJobs`) and the filter, tells the book what went through (`FilterBook`),
/// and does what book and pace (`FilterPace`) say: what becomes of answers and lines, when the filter is fed, and when
/// its input is closed, which makes it answer what it keeps in a buffer, and end. Another one is started for what comes
/// later, while the first one ends where it is known that more comes.
final class FilterDesk: WorkerLocal {
    private let plan: ExecPlan
    private var mapper: RecordMapper
    private let maker: ColumnMaker?
    private var seat: FilterSeat
    private var jobs = FilterJobs()
    private var book: FilterBook
    private var pace: FilterPace
    private var remarks = FilterRemarks()
    /// Why the run cannot go on.
    private var surrender: (reason: String, cause: Surrender)?
    /// The parent was asked for more chunks since something was last sent.
    private var hasAsked = false
    /// A chunk was finished, so that it is known what a record costs.
    private var hasFinished = false

    init(_ plan: ExecPlan) {
        self.plan = plan
        seat = FilterSeat(command: plan.command)
        do {
            mapper = try RecordMapper(plan: plan.records)
            maker = try ColumnMaker(plan: plan.records)
        } catch {
            preconditionFailure("the parent sent a plan that no worker can follow: \(error)")
        }
        book = FilterBook(retries: plan.retries, isTagged: plan.isTagged)
        pace = FilterPace(mostHeld: plan.mostHeld)
        // A filter that has gone is told by the write that fails.
        try? WorkerIdentity.ignoreSignal(13)
    }

    /// Maps a chunk, and whatever else can be claimed meanwhile.
    func map(_ chunk: _ClaimedChunk, on worker: _Worker) {
        accept(chunk)
        if let surrender { return abort(surrender.reason, because: surrender.cause, worker) }
        do {
            while true {
                if book.uncertain == 0 { makeCertain(worker) }
                if jobs.isEmpty { return }
                try step(worker)
            }
        } catch {
            let wayOut =
                error.isUnavailable ? "" : "; raise the limit on processes or descriptors, or ask for fewer workers"
            abort("the filter cannot be run: \(error)\(wayOut)", because: .systemRefused, worker)
        }
    }

    private func accept(_ chunk: _ClaimedChunk) {
        jobs.append(
            FilterJob(
                chunk, &mapper, linesAreRecords: plan.records.sendsLines, isTagged: plan.isTagged,
                substitute: plan.records.emptyWhenFailed ? [UInt8(ascii: "\n")] : [], maker: maker))
    }

    // MARK: Feeding

    private func step(_ worker: _Worker) throws(SystemError) {
        try seat.fill()
        let mustPause = self.mustPause
        let isOver = claim(mustPause: mustPause, worker)
        // A line that was begun is ended: closed in the middle, it would be answered as it stands.
        let feeds = seat.isOpen && !jobs.isSent && (jobs.isInLine || book.room != 0 && !mustPause)
        if !feeds, seat.isOpen {
            try closeIfDone(isOver: isOver, mustPause: mustPause, worker)
            // Just seen to buffer, it waits for more.
            if mustPause, !self.mustPause { return }
        }

        let isDry = !feeds && book.inFlight == 0 && book.fresh > 0 && seat.isHeard && seat.isOpen
        let timeout = isDry ? pace.dryStep(after: seat.watch.silent, quiet: quiet) : seat.watch.step
        let (canReceive, canSend) = try seat.wait(toSend: feeds, timeout: timeout)
        if seat.mustShowLife() { jobs.showLife(seat.watch.now) }
        if let limit = plan.memoryLimit, try isHeavy(limit, worker) { return }
        // What comes while nothing is owed is looked at before anything is: it would be taken for the answer.
        if canSend, !canReceive || book.inFlight > 0 { try send(worker) }
        if canReceive {
            try receive(worker)
        } else if isDry, seat.watch.silent >= quiet {
            if try isIdle() { ranDry(worker) }
        } else if let limit = plan.timeLimit, seat.watch.unanswered >= limit, book.inFlight > 0 {
            try isOverTime(limit, worker)
        } else if seat.watch.wasAsked, book.inFlight == 0, seat.watch.silent >= FilterPace.patienceAtEnd {
            remarks.noteKill(after: "its input had ended")
            try end(FilterBook.End(ending: seat.kill(), wasAsked: true), worker)
        }
    }

    /// Where everything is sent, takes another chunk, if there is one. Whether there will be none any more.
    private func claim(mustPause: Bool, _ worker: _Worker) -> Bool {
        // Looked up before the last try to claim, so that "all opened" and "nothing open" together mean the end.
        let isSupplied = worker.isSupplied
        guard jobs.isSent, book.room == nil, seat.isOpen else { return false }
        guard !mustPause, jobs.count < worker.share, let another = worker.claimAnother() else {
            return worker.isTermOver || isSupplied && !worker.isAnotherOpen
        }
        accept(another)
        if hasFinished || pace.buffers, !isSupplied, !worker.isAnotherOpen { worker.askForMore() }
        return false
    }

    /// No answer has come for too long. One that waits for more lines has kept its answers in a buffer, and can be
    /// closed.
    private func isOverTime(_ limit: Duration, _ worker: _Worker) throws(SystemError) {
        if seat.isOpen, !jobs.isInLine, seat.unread == 0, seat.waitsForInput {
            book.fellSilent()
            seat.answered()
            seat.close()
        } else {
            try end(FilterBook.End(ending: seat.kill(), limit: .time(limit)), worker)
        }
    }

    /// Looks how much memory the filter has, now and then. One that comes near its limit is ended, and another one goes
    /// on, unless it has just been started; one that is above it is killed. Whether that was done.
    private func isHeavy(_ limit: Int, _ worker: _Worker) throws(SystemError) -> Bool {
        guard seat.mustBeWeighed() else { return false }
        let bytes = seat.memory
        if bytes > limit {
            try end(FilterBook.End(ending: seat.kill(), limit: .memory(limit)), worker)
            return true
        }
        if bytes > limit / 4 * 3, seat.isOpen, !jobs.isInLine, seat.watch.age > pace.longEnough {
            seat.close(isMoreToCome: true)
        }
        return false
    }

    /// What has an answer that is certain need not be held.
    private var mustPause: Bool {
        guard !plan.isTagged, book.room == nil else { return false }
        let held = jobs.held
        return !jobs.isInChunk && pace.mustPause(chunks: held.chunks, bytes: held.bytes, for: seat.watch.underWay)
    }

    private var quiet: Duration {
        plan.isTagged ? .zero : pace.quiet(lines: book.fresh, in: seat.watch.toLastAnswer)
    }

    /// Whether the filter, which has answered as many lines as it was sent, and for long enough nothing since, has
    /// nothing else to say.
    private func isIdle() throws(SystemError) -> Bool {
        guard !plan.isTagged else { return true }
        guard pace.isIdle(after: seat.watch.silent - quiet, waitsForInput: { seat.waitsForInput }) else { return false }
        // It may have answered since it was last asked, and wait for more.
        return try !seat.canReceive()
    }

    private func send(_ worker: _Worker) throws(SystemError) {
        let result = Result { () throws(SystemError) in
            try jobs.send(atMost: book.room) { lines throws(SystemError) in try seat.send(lines) }
        }
        guard let lines = try result.get() else { return }
        if lines > 0 { hasAsked = false }
        book.send(lines)
    }

    /// Nothing is to be sent: looks whether anything will be, and whether the filter answers without it.
    private func closeIfDone(isOver: Bool, mustPause: Bool, _ worker: _Worker) throws(SystemError) {
        if isOver || book.closesWhenSent && book.sent > 0 { return seat.close() }
        guard book.inFlight > 0 else { return }
        let held = jobs.held
        let isFull = pace.isFull(bytes: held.bytes, for: seat.watch.underWay)
        // It was seen to buffer, and how long its answers are: what it has not read yet, it reads while another one
        // starts.
        if mustPause, isFull, pace.buffers || book.isPrompt == false, book.answered > 0 {
            return seat.close(isMoreToCome: true)
        }
        let unread = seat.unread ?? 0
        if seat.reads(unread: unread, sent: book.sent > 0) {
            if !seat.watch.isStarted { pace.started(after: seat.watch.startup) }
            worker.discount(seat.watch.startup)
        }
        guard unread == 0, seat.watch.silent >= FilterPace.shortStep else { return }
        let waits = seat.waitsForInput
        // It may have answered since it was last asked, and wait for more.
        if try seat.canReceive() { return }
        if mustPause, !isFull {
            if waits || seat.watch.silent >= pace.patience(waitsForInput: false, isFull: false) { pace.staysWet() }
            return
        }
        if waits, !isFull, book.room == nil, !hasAsked {
            hasAsked = true
            worker.askForMore()
        }
        let isCrowded = isFull || held.chunks >= FilterPace.crowd(of: worker.mostChunks)
        if seat.watch.silent >= pace.patience(waitsForInput: waits, isFull: isCrowded || book.room != nil) {
            worker.discount(seat.watch.silent)
            book.fellSilent()
            seat.close(isMoreToCome: isCrowded)
        }
    }

    // MARK: Answers

    private func receive(_ worker: _Worker) throws(SystemError) {
        let gap = seat.watch.silentBefore
        guard let count = try seat.receive() else { return }
        guard count > 0 else { return try hasClosedOutput(worker) }
        if book.inFlight > 0 { pace.answered(after: gap) }
        takeLines(worker)
        seat.rest(after: count, missing: book.inFlight)
    }

    /// Gives every whole line that was received to its record.
    private func takeLines(_ worker: _Worker) {
        var answers = 0
        var complaint: String?
        seat.take { bytes in
            if plan.isTagged {
                let taken = TaggedAnswers.take(bytes, for: &jobs, owed: book.inFlight)
                (answers, complaint) = (taken.answers, taken.complaint)
                return taken.bytes
            }
            let taken = jobs.takeAnswers(bytes)
            answers = taken.answers
            return taken.bytes
        }
        if answers > 0 { seat.answered() }
        let isInStep = book.answer(answers)
        if let complaint {
            abort(complaint, worker)
        } else if !isInStep || book.inFlight == 0 && !seat.isHeard {
            abort(tooMany, worker)
        }
    }

    private func ranDry(_ worker: _Worker) {
        // It cannot have answered what it has not read.
        if let unread = seat.unread, unread > 0 { return abort(tooMany, worker) }
        pace.ranDry(after: seat.watch.toLastAnswer)
        seat.ranDry()
        follow(book.ranDry(), nil, worker)
    }

    // MARK: Endings

    /// The filter has closed its output. One that goes on without is killed after a while.
    private func hasClosedOutput(_ worker: _Worker) throws(SystemError) {
        let wasAsked = seat.watch.wasAsked
        let (ending, isKilled) = try seat.awaitEnding { jobs.showLife($0) }
        if isKilled { remarks.noteKill(after: "it had closed its output") }
        end(FilterBook.End(ending: ending, wasAsked: wasAsked), worker)
    }

    private func end(_ end: FilterBook.End, _ worker: _Worker) {
        if end.ending == .exited(0), !seat.isHeard {
            seat.endLine()
            takeLines(worker)
        }
        seat.clear()
        guard !jobs.isEmpty else { return }
        if book.inFlight == 0, book.answered > 0, end.limit == nil { remarks.noteEnd(end.ending) }
        follow(book.end(end), end, worker)
        jobs.rewind()
    }

    private func makeCertain(_ worker: _Worker) {
        let done = jobs.makeCertain()
        worker.leave(done)
        if !done.isEmpty { hasFinished = true }
    }

    /// Does what the book says.
    private func follow(_ verdict: FilterBook.Verdict, _ end: FilterBook.End?, _ worker: _Worker) {
        switch verdict {
        case .certain: makeCertain(worker)
        case .hold: break
        case .takeBack:
            jobs.takeBack()
            jobs.rewind()
        case .fail:
            let record = jobs.firstUnanswered
            jobs.rewind()
            makeCertain(worker)
            // Unless it has gone back for want of room, to be tried again.
            guard let end, record == jobs.firstUnanswered else { return }
            jobs.failFirst(remarks.reason(end))
        case .giveUp: abort("the filter \(end!.ending) before it answered anything", worker)
        }
    }

    private var tooMany: String { FilterRemarks.tooMany(from: jobs.firstUncertain) }

    /// The run cannot go on: nobody knows whose answers are whose, or no filter can be had.
    private func abort(_ reason: String, because cause: Surrender = .functionBroken, _ worker: _Worker) {
        seat.abandon()
        surrender = (reason, cause)
        var (chunks, item) = jobs.surrender()
        guard !chunks.isEmpty else { return }
        chunks[0].abort(item, reason, because: cause)
        for chunk in chunks.dropFirst() { chunk.giveBack() }
        for chunk in chunks { worker.leave(chunk) }
    }

    /// Closes the filter, waits for its end, and looks whether it has more to say than it was asked.
    func finish() -> LastWord {
        seat.dismissSuccessor()
        guard seat.isTaken else { return remarks.lastWord }
        defer { seat.clear() }
        do {
            seat.close()
            switch try seat.rest() {
            case .nothing:
                let (ending, isKilled) = try seat.awaitEnding { _ in }
                if isKilled { remarks.noteKill(after: "it had closed its output") }
                remarks.noteEnd(ending)
            case .silence: remarks.noteKill(after: "its input had ended")
            case .surplus: remarks.noteSurplus()
            }
        } catch {
            remarks.note("cannot be brought to its end: \(error)")
        }
        return remarks.lastWord
    }
}
