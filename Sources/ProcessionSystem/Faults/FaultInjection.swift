#if FAULT_INJECTION
    import CProcessionShims
    import Glibc
    import Synchronization

    /// Lets calls fail and processes die at numbered points, for tests of what happens then. Debug builds only.
    ///
    /// From outside, for all processes of a run, by a line in the environment that replays it:
    ///
    ///     PROCESSION_FAULTS='worker:1 stored 3 die; parent mmap 2 fail:ENOMEM' procession map …
    ///
    /// `Fault` has the words. With PROCESSION_FAULT_COUNTS the counts go to a file of that name. A test of the calls
    /// themselves uses `fail` in its own process.
    package enum FaultInjection {
        /// Lets the `nth` such call from now on (the next one is 1) fail with `errno`, and with `forever` all after it.
        ///
        /// The call itself is then not made. EINTR for ever is refused: what restarts would never end.
        package static func fail(_ call: SystemCall, nth: Int, errno: Int32, forever: Bool = false) {
            precondition(nth >= 1 && !(forever && errno == EINTR), "an impossible fault was asked for")
            add(call, nth, forever, .fail(errno))
        }

        /// Lets the `nth` such call from now on move at most so many bytes.
        package static func shorten(_ call: SystemCall, nth: Int, to bytes: Int) {
            add(call, nth, false, .short(bytes))
        }

        private static func add(_ call: SystemCall, _ nth: Int, _ forever: Bool, _ action: Fault.Action) {
            let first = count(of: call) + nth
            let fault = Fault(
                victim: .parent, point: Int(call.rawValue), hits: .range(first...(forever ? .max : first)),
                action: action)
            state.withLock { $0.faults.append(fault) }
        }

        /// Forgets all faults and all counts.
        package static func reset() {
            state.withLock { $0.faults = [] }
            counts.reset()
        }

        /// How often the call was made or refused since the last reset; a restart counts again.
        package static func count(of call: SystemCall) -> Int { counts.count(point: Int(call.rawValue)) }

        static func becomeWorker(_ number: Int) {
            state.withLock { $0.worker = number }
        }

        // MARK: At a point

        /// What a system call is to do: fail with a code, or move at most so many bytes.
        static func verdict(on call: SystemCall) -> (code: Int32?, limit: Int?) {
            switch visit(Int(call.rawValue)) {
            case .fail(let code): (code, nil)
            case .short(let limit): (nil, limit)
            default: (nil, nil)
            }
        }

        static func reach(_ step: StaticString) { _ = visit(FaultPoint.number(of: step)) }

        /// Counts the visit and does what is due; what only a call can do is returned.
        private static func visit(_ point: Int) -> Fault.Action? {
            let (worker, faults) = state.withLock { ($0.worker, $0.faults) }
            let hit = counts.add(point: point, worker: worker)
            guard !faults.isEmpty else { return nil }
            let due = faults.first {
                $0.strikes(at: point, worker: worker, hit: hit.own, hitOfAllWorkers: hit.allWorkers)
            }
            guard let due else { return nil }
            counts.addStrike(point: point)
            switch due.action {
            case .die: kill(getpid(), SIGKILL)
            case .stop: kill(getpid(), SIGSTOP)
            case .delay(let milliseconds): usleep(UInt32(milliseconds) * 1000)
            case .fail, .short: break
            }
            return due.action
        }

        // MARK: State

        private struct State {
            var worker: Int?
            var faults: [Fault]
        }

        private static let state = Mutex(State(worker: nil, faults: plannedFaults()))

        private static let counts: FaultCounts = {
            guard let counts = FaultCounts(path: countsPath()) else { refuse("the counts cannot be mapped") }
            return counts
        }()

        private static func plannedFaults() -> [Fault] {
            guard let line = environment("PROCESSION_FAULTS") else { return [] }
            return line.split(separator: ";").map { text in
                guard let fault = Fault(text) else { refuse("not a fault: \(text)") }
                return fault
            }
        }

        /// Without a file, all processes of a run find their counts in memory that the parent holds.
        private static func countsPath() -> String? {
            if let path = environment("PROCESSION_FAULT_COUNTS") { return path }
            guard environment("PROCESSION_FAULTS") != nil else { return nil }
            let path = "/proc/\(getpid())/fd/\(unsafe procession_memfd_create("faults", 0))"
            // Safe: at the first point of all, before there is another thread.
            unsafe setenv("PROCESSION_FAULT_COUNTS", path, 1)
            return path
        }

        private static func environment(_ name: String) -> String? {
            // Safe: the text is copied at once.
            unsafe getenv(name).map { unsafe String(cString: $0) }
        }

        private static func refuse(_ reason: String) -> Never {
            // Not through the layer, which is what cannot be set up.
            let text = "PROCESSION_FAULTS: \(reason)\n"
            _ = unsafe Glibc.write(2, text, text.utf8.count)
            _exit(99)
        }
    }
#endif
