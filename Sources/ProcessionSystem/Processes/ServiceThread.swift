import Glibc

/// A thread that answers one request at a time until it is told to stop.
package final class ServiceThread<Request: Sendable, Answer: ~Copyable & Sendable>: Sendable {
    private let desk: Monitor<Desk<Request, Answer>>
    private let thread: pthread_t
    private let birthplace = Birthplace()

    /// Starts the thread, which answers each request by `serve`.
    package init(_ serve: @escaping @Sendable (Request) -> Answer) throws(SystemError) {
        let desk = Monitor(Desk<Request, Answer>())
        self.desk = desk
        thread = try makeThread { desk.attend(by: serve) }
    }

    deinit {
        stop()
    }

    /// Hands a request over once all before it are answered, and leaves; false after `stop`.
    package func ask(_ request: Request) -> Bool {
        desk.when({ $0.phase == .free || $0.phase == .stopped }) { desk in
            guard desk.phase == .free else { return false }
            desk.request = request
            desk.phase = .asked
            return true
        }
    }

    /// Waits for the answer to what this caller has asked.
    package func answer() -> Answer {
        let answer = desk.when({ $0.phase == .answered }) { desk in
            desk.phase = .free
            return desk.answer.take()
        }
        return answer!
    }

    /// Ends the thread, once the answer to what was asked is taken, and waits for that. Once is enough.
    package func stop() {
        // In a copy of the process there is no such thread.
        guard birthplace.isHere else { return }
        let isFirst = desk.when({ $0.phase == .free || $0.phase == .stopped }) { desk in
            defer { desk.phase = .stopped }
            return desk.phase == .free
        }
        if isFirst { pthread_join(thread, nil) }
    }
}

/// One request at a time: from whoever asks to the thread, and the answer back.
private struct Desk<Request: Sendable, Answer: ~Copyable & Sendable>: ~Copyable, Sendable {
    enum Phase { case free, asked, working, answered, stopped }

    var phase = Phase.free
    var request: Request?
    var answer: Answer?
}

extension Desk where Answer: ~Copyable {
    /// The request to work at, or nil when it is time to end.
    mutating func begin() -> Request? {
        guard phase == .asked else { return nil }
        phase = .working
        return request.take()
    }
}

extension Monitor where State: ~Copyable {
    /// What the thread does all its life.
    fileprivate func attend<Request: Sendable, Answer: ~Copyable & Sendable>(by serve: (Request) -> Answer)
    where State == Desk<Request, Answer> {
        while let request = when({ $0.phase == .asked || $0.phase == .stopped }, { $0.begin() }) {
            // Outside the lock, and carried in by `take` because an answer may be one that cannot be copied.
            var answer: Answer? = serve(request)
            when({ $0.phase == .working }) { desk in
                desk.answer = answer.take()
                desk.phase = .answered
            }
        }
    }
}
