import ProcessionSegment
import ProcessionSystem

/// The chunks that a worker holds for its filter, the oldest first, as one row of lines.
struct FilterJobs {
    private var jobs: [FilterJob] = []
    var isEmpty: Bool { jobs.isEmpty }
    var count: Int { jobs.count }
    var isSent: Bool { jobs.allSatisfy(\.lines.isSent) }
    /// Whether a line was sent in part; whether a chunk was.
    var isInLine: Bool { jobs.contains { !$0.lines.isSent && $0.lines.isInLine } }
    var isInChunk: Bool { jobs.contains { !$0.lines.isSent && $0.lines.isUnderWay } }
    /// Chunks that the filter was sent and that are not certain, and the bytes that they take of the window: their text and
    /// slots, and the room for their answers or, where these are more, as many bytes as those that have come let expect, or
    /// so many times those of the lines, before any has.
    var held: (chunks: Int, bytes: Int) {
        var (chunks, records, fixed, room) = (0, 0, 0, 0)
        var (lineBytes, answers, answerBytes) = (0, 0, 0)
        for job in jobs where job.lines.isUnderWay {
            chunks += 1
            records += job.recordCount
            fixed += job.fixedBytes
            room += job.chunk.overflow.count
            lineBytes += job.lines.byteCount
            answers += job.answerCount
            answerBytes += job.answerBytes
        }
        let expected =
            answers > 0
            ? Int(Double(answerBytes) / Double(answers) * Double(records)) : lineBytes * Self.factorBeforeAnswers
        return (chunks, fixed + max(room, expected))
    }

    /// Text that is made of a number or a name is seldom longer than so many times that.
    private static let factorBeforeAnswers = 8
    /// The number, from 1, of the first record that has no certain answer.
    var firstUncertain: Int { jobs.first?.firstUncertain ?? 0 }

    var firstUnanswered: Int? { jobs.first { !$0.isAnswered }?.firstUnanswered }

    mutating func append(_ job: FilterJob) { jobs.append(job) }

    /// Takes all chunks, with what is not certain of them forgotten, and the first item of the first one that is not.
    mutating func surrender() -> (chunks: [_ClaimedChunk], item: Int) {
        defer { jobs = [] }
        takeBack()
        return (jobs.map(\.chunk), jobs.first?.certain ?? 0)
    }

    func showLife(_ now: Instant) { for job in jobs { job.chunk.showLife(now) } }

    /// Sends lines of the first chunk that has some, at most so many. See `FilterJob.send`.
    mutating func send<Failure>(
        atMost limit: Int?, _ send: (Span<UInt8>) throws(Failure) -> Int?
    ) throws(Failure) -> Int? {
        guard let index = jobs.firstIndex(where: { !$0.lines.isSent }) else { return 0 }
        return try jobs[index].send(atMost: limit, send)
    }

    /// Takes answers from the front of `bytes` in the order of the lines. Returns the bytes taken, and how many answers.
    mutating func takeAnswers(_ bytes: Span<UInt8>) -> (bytes: Int, answers: Int) {
        var total = (bytes: 0, answers: 0)
        for index in jobs.indices {
            // A line that finds no room is taken alone.
            while jobs[index].lines.owed > 0 {
                let taken = jobs[index].takeAnswers(bytes.extracting(total.bytes..<bytes.count))
                guard taken.answers > 0 else { return total }
                total = (total.bytes + taken.bytes, total.answers + taken.answers)
            }
        }
        return total
    }

    /// Takes one answer, with its newline, for the record with this number. Returns what is wrong with that, if anything.
    mutating func takeAnswer(_ answer: Span<UInt8>, number: Int) -> FilterJob.Misnumbering? {
        guard let index = jobs.firstIndex(where: { $0.holds(number) }) else { return .unknown }
        return jobs[index].take(answer, number: number)
    }

    /// Publishes what is answered, and returns the chunks that are done with. It may wait for room.
    mutating func makeCertain() -> [_ClaimedChunk] {
        var done: [_ClaimedChunk] = []
        var kept: [FilterJob] = []
        for var job in jobs {
            guard job.makeCertain() else { continue }
            if job.isCertain { done.append(job.chunk) } else { kept.append(job) }
        }
        jobs = kept
        return done
    }

    /// Fails the first record that has no answer, with all before it certain. It may wait for room.
    mutating func failFirst(_ reason: String) {
        guard !jobs.isEmpty else { return }
        if !jobs[0].fail(reason) { jobs.removeFirst() }
    }

    /// Forgets answers that are not certain.
    mutating func takeBack() {
        for index in jobs.indices { jobs[index].takeBack() }
    }

    /// Forgets what was sent.
    mutating func rewind() {
        for index in jobs.indices { jobs[index].rewind() }
    }
}
