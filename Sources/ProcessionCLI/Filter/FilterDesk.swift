import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSegment
import ProcessionSystem

/// Keeps one filter running in a worker, feeds it chunk after chunk, and gives its answers, in order, to the records.
///
/// It moves bytes between the chunks (`FilterJobs`) and the filter, tells the book what went through (`FilterBook`), and
/// does what book and pace (`FilterPace`) say: what becomes of answers and lines, when the filter is fed, and when its
/// input is closed, which makes it answer what it keeps in a buffer, and end. Another one is started for what comes later,
/// while the first one ends where it is known that more comes.
final class FilterDesk: WorkerLocal {
    private let plan: ExecPlan
    private var mapper: RecordMapper
    private let linesAreRecords: Bool
    private var filter: Filter?
    /// Started already, to take over when the filter has ended.
    private var successor: Filter?
    private var jobs = FilterJobs()
    private var book: FilterBook
    private var pace: FilterPace
    private var buffer = AnswerBuffer()
    private var watch = FilterWatch()
    private var shortage = MemoryShortage()
    /// Why the run cannot go on.
    private var surrender: (reason: String, cause: Surrender)?
    /// What the worker says when it leaves.
    private var lastWord = LastWord.fine
    /// The filter writes its answers in small pieces, and more are to come: to wake for every piece, on the core that the
    /// filter works on, would cost more than it is worth. So they gather for a while, in which they do not fill the pipe.
    private var pause: Duration?
    /// The parent was asked for more chunks since something was last sent.
    private var hasAsked = false
    /// A chunk was finished, so that it is known what a record costs.
    private var hasFinished = false

    init(_ plan: ExecPlan) {
        self.plan = plan
        do {
            mapper = try RecordMapper(plan: plan.records)
        } catch {
            preconditionFailure("the parent sent a plan that no worker can follow: \(error)")
        }
        linesAreRecords = plan.records.value == nil && [.lines, .tsv, .ndjson].contains(plan.records.input)
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
                chunk, &mapper, linesAreRecords: linesAreRecords, isTagged: plan.isTagged,
                substitute: plan.records.emptyWhenFailed ? [UInt8(ascii: "\n")] : []))
    }

    // MARK: Feeding

    private func step(_ worker: _Worker) throws(SystemError) {
        if filter == nil { try start() }
        let mustPause = self.mustPause
        // Looked up before the last try to claim, so that "all opened" and "nothing open" together mean the end.
        let isSupplied = worker.isSupplied
        var isOver = false
        if jobs.isSent, book.room == nil, filter!.isOpen {
            if !mustPause, jobs.count < worker.share, let another = worker.claimAnother() {
                accept(another)
                if hasFinished, !isSupplied, !worker.isAnotherOpen { worker.askForMore() }
            } else {
                isOver = isSupplied && !worker.isAnotherOpen
            }
        }
        // A line that was begun is ended: closed in the middle, it would be answered as it stands.
        let feeds = filter!.isOpen && !jobs.isSent && (jobs.isInLine || book.room != 0 && !mustPause)
        if !feeds, filter!.isOpen { try closeIfDone(isOver: isOver, mustPause: mustPause, worker) }

        if let pause { try filter!.rest(pause) }
        let isDry = !feeds && book.inFlight == 0 && book.fresh > 0 && buffer.isEmpty && filter!.isOpen
        let timeout = isDry ? max(.zero, quiet - watch.silent) : watch.step
        let (canReceive, canSend) = try filter!.wait(toSend: feeds, timeout: timeout)
        watch.look(isMoving: canReceive || canSend)
        if watch.mustShowLife() { jobs.showLife(watch.now) }
        // What comes while nothing is owed is looked at before anything is: it would be taken for the answer.
        if canSend, !canReceive || book.inFlight > 0 { try send(worker) }
        if canReceive {
            try receive(worker)
        } else if isDry, watch.silent >= quiet {
            ranDry(worker)
        } else if let limit = plan.timeLimit, watch.unanswered >= limit, book.inFlight > 0 {
            try isOverTime(limit, worker)
        } else if watch.wasAsked, book.inFlight == 0, watch.silent >= FilterPace.patienceAtEnd {
            note("was killed, because it went on for \(FilterPace.patienceAtEnd) after its input had ended")
            try end(FilterBook.End(ending: filter!.kill(), wasAsked: true), worker)
        }
    }

    /// No answer has come for too long. One that waits for more lines has kept its answers in a buffer, and can be closed.
    private func isOverTime(_ limit: Duration, _ worker: _Worker) throws(SystemError) {
        if filter!.isOpen, !jobs.isInLine, filter!.unread == 0, filter!.waitsForInput {
            book.fellSilent()
            watch.answered()
            close()
        } else {
            try end(FilterBook.End(ending: filter!.kill(), timeLimit: limit), worker)
        }
    }

    private func start() throws(SystemError) {
        watch = FilterWatch(isStarted: successor != nil)
        if successor == nil { successor = try Filter(command: plan.command) }
        swap(&filter, &successor)
        buffer.clear()
        pause = nil
    }

    /// What has an answer that is certain need not be held.
    private var mustPause: Bool {
        guard !plan.isTagged, book.room == nil else { return false }
        let held = jobs.held
        return !jobs.isInChunk && pace.mustPause(chunks: held.chunks, bytes: held.bytes, for: watch.underWay)
    }

    private var quiet: Duration { plan.isTagged ? .zero : pace.quiet(lines: book.fresh, in: watch.toLastAnswer) }

    private func send(_ worker: _Worker) throws(SystemError) {
        let result = Result { () throws(SystemError) in
            try jobs.send(atMost: book.room) { lines throws(SystemError) in try filter!.send(lines) }
        }
        // Where the filter reads no more, its output will end too, and tell.
        guard let lines = try result.get() else { return filter!.closeInput() }
        if lines > 0 {
            watch.sent()
            hasAsked = false
        }
        book.send(lines)
    }

    /// Nothing is to be sent: looks whether anything will be, and whether the filter answers without it.
    private func closeIfDone(isOver: Bool, mustPause: Bool, _ worker: _Worker) throws(SystemError) {
        if isOver || book.closesWhenSent && book.sent > 0 { return close() }
        guard book.inFlight > 0 else { return }
        let held = jobs.held
        let isFull = pace.isFull(bytes: held.bytes, for: watch.underWay)
        // It is known to buffer, and how long its answers are: what it has not read yet, it reads while another one starts.
        if mustPause, isFull, book.isPrompt == false, book.answered > 0 { return close(isMoreToCome: true) }
        let unread = filter!.unread ?? 0
        if watch.reads(unread: unread, sent: book.sent > 0) {
            if !watch.isStarted { pace.started(after: watch.startup) }
            worker.discount(watch.startup)
        }
        guard unread == 0, watch.silent >= FilterPace.shortStep else { return }
        let waits = filter!.waitsForInput
        // It may have answered since it was last asked, and wait for more.
        if try filter!.wait(toSend: false, timeout: .zero).canReceive { return }
        if mustPause, !isFull {
            if waits || watch.silent >= pace.patience(waitsForInput: false, isFull: false) { pace.staysWet() }
            return
        }
        if waits, !isFull, book.room == nil, !hasAsked {
            hasAsked = true
            worker.askForMore()
        }
        let isCrowded = isFull || held.chunks >= FilterPace.crowd
        if watch.silent >= pace.patience(waitsForInput: waits, isFull: isCrowded || book.room != nil) {
            worker.discount(watch.silent)
            book.fellSilent()
            close(isMoreToCome: isCrowded)
        }
    }

    private func close(isMoreToCome: Bool = false) {
        watch.wasAsked = true
        filter!.closeInput()
        // Should that not succeed, `start` will say so.
        if isMoreToCome { successor = try? Filter(command: plan.command) }
    }

    // MARK: Answers

    private func receive(_ worker: _Worker) throws(SystemError) {
        let gap = watch.silentBefore
        guard let count = try buffer.receive(from: filter!) else { return }
        guard count > 0 else { return try end(awaitEnding(), worker) }
        if book.inFlight > 0 { pace.answered(after: gap) }
        takeLines(worker)
        // At 500 MB/s a filter fills its pipe in two nanoseconds a byte.
        guard let capacity = filter?.capacity else { return }
        pause =
            book.inFlight > 64 && count < capacity / 5 ? .nanoseconds(count < 4096 ? 200_000 : 2 * capacity) : nil
    }

    /// Gives every whole line that was received to its record.
    private func takeLines(_ worker: _Worker) {
        var answers = 0
        var complaint: String?
        buffer.take { bytes in
            if plan.isTagged {
                let taken = TaggedAnswers.take(bytes, for: &jobs, owed: book.inFlight)
                (answers, complaint) = (taken.answers, taken.complaint)
                return taken.bytes
            }
            let taken = jobs.takeAnswers(bytes)
            answers = taken.answers
            return taken.bytes
        }
        if answers > 0 { watch.answered() }
        let isInStep = book.answer(answers)
        if let complaint {
            abort(complaint, worker)
        } else if !isInStep || book.inFlight == 0 && !buffer.isEmpty {
            abort(tooMany, worker)
        }
    }

    private func ranDry(_ worker: _Worker) {
        // It cannot have answered what it has not read.
        if let unread = filter!.unread, unread > 0 { return abort(tooMany, worker) }
        pace.ranDry(after: watch.toLastAnswer)
        watch.ranDry()
        follow(book.ranDry(), nil, worker)
    }

    // MARK: Endings

    /// The filter has closed its output. One that goes on without is killed after a while.
    private func awaitEnding() throws(SystemError) -> FilterBook.End {
        let wasAsked = watch.wasAsked
        var time = Duration.zero
        while time < FilterPace.patienceAtEnd {
            if let ending = try filter!.ending(within: .milliseconds(50)) {
                return FilterBook.End(ending: ending, wasAsked: wasAsked)
            }
            time += .milliseconds(50)
            jobs.showLife(Clock.monotonic())
        }
        note("was killed, because it went on for \(FilterPace.patienceAtEnd) after it had closed its output")
        return FilterBook.End(ending: try filter!.kill(), wasAsked: wasAsked)
    }

    private func end(_ end: FilterBook.End, _ worker: _Worker) {
        if end.ending == .exited(0), !buffer.isEmpty {
            // A last line without its newline is an answer like others.
            buffer.endLine()
            takeLines(worker)
        }
        filter = nil
        guard !jobs.isEmpty else { return }
        if book.inFlight == 0, book.answered > 0, end.ending != .exited(0), end.ending != .statusLost {
            note("\(end.ending) after its last answer")
        }
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
            jobs.failFirst(reason(end))
        case .giveUp: abort("the filter \(end!.ending) before it answered anything", worker)
        }
    }

    private func reason(_ end: FilterBook.End) -> String {
        if let limit = end.timeLimit { return "no answer in \(limit), filter killed" }
        if end.ending == .exited(0) {
            return "its filter ended without an answer to it; it must answer exactly one line for each record"
        }
        return "its filter \(end.ending)" + (end.ending.isKill && shortage.hasKilled() ? MemoryShortage.hint : "")
    }

    private var tooMany: String {
        "the filter answered more lines than it was sent records, at record \(jobs.firstUncertain) or later; "
            + "it must answer exactly one line for each"
    }

    /// The run cannot go on: nobody knows whose answers are whose, or no filter can be had.
    private func abort(_ reason: String, because cause: Surrender = .functionBroken, _ worker: _Worker) {
        (filter, successor) = (nil, nil)
        buffer.clear()
        surrender = (reason, cause)
        var (chunks, item) = jobs.surrender()
        guard !chunks.isEmpty else { return }
        chunks[0].abort(item, reason, because: cause)
        for chunk in chunks.dropFirst() { chunk.giveBack() }
        for chunk in chunks { worker.leave(chunk) }
    }

    /// Says something of the filter that has harmed no record, once.
    private func note(_ text: String) {
        if lastWord == .fine { complain("the filter \(text)") }
        lastWord.include(.failed)
    }

    /// Closes the filter, waits for its end, and looks whether it has more to say than it was asked.
    func finish() -> LastWord {
        successor = nil
        guard let filter else { return lastWord }
        do {
            filter.closeInput()
            try hearRest(of: filter)
        } catch {
            note("cannot be brought to its end: \(error)")
        }
        return lastWord
    }

    private func hearRest(of filter: Filter) throws(SystemError) {
        var silent = Duration.zero
        while silent < FilterPace.patienceAtEnd {
            guard try filter.wait(toSend: false, timeout: .milliseconds(100)).canReceive else {
                silent += .milliseconds(100)
                continue
            }
            guard let count = try buffer.receive(from: filter) else { continue }
            guard buffer.isEmpty else {
                complain("the filter answered more lines than it was sent records; it must answer one line for each")
                return lastWord.include(.broken)
            }
            guard count == 0 else { continue }
            let end = try awaitEnding()
            if end.ending != .exited(0), end.ending != .statusLost { note("\(end.ending) after its last answer") }
            return
        }
        note("was killed, because it went on for \(FilterPace.patienceAtEnd) after its input had ended")
    }
}
