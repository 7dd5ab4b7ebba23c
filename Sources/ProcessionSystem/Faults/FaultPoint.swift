// The places at which a test can let a process fail, stop or die: every system call, in the layer, and the steps of the
// protocol below, each by one line where it is taken.

#if FAULT_INJECTION
    import Glibc

    /// A step of the protocol that makes no system call, and at which a death would matter.
    @usableFromInline
    package func faultPoint(_ step: StaticString) {
        FaultInjection.reach(step)
    }

    /// This process is a worker, which it says before its first point.
    package func faultVictim(worker number: Int) {
        FaultInjection.becomeWorker(number)
    }

    enum FaultPoint {
        /// The steps, the worker's first. A name says what has happened so far.
        private static let steps: [StaticString] = [
            // A worker has attached; has won a claim, and read nothing; knows the function.
            "attached", "claimed", "prepared",
            // Has written a slot; has published it; has linked a failure; is about to say how much room it wants.
            "stored", "published", "failed", "wanting",
            // Has asked for room and not slept; has seen the answer, and read nothing of what it was given.
            "waiting", "answered",
            // Is about to write its last words to a place; has written them and has not rung.
            "leaving", "left",
            // Has announced that it sleeps, and not looked again; has slept, and is still counted; was sent home.
            "asleep", "awake", "dismissed",
            // The parent has described a chunk; has opened its place; has told the queue.
            "described", "opened", "announced",
            // Has described a chunk to a worker that waits for room; has given it the place.
            "granting", "granted",
            // Has wished to be woken, and not looked again; has seen a chunk left; has closed a place.
            "wished", "collected", "vacated",
            // Has reaped a worker and settled nothing; is about to open a chunk again.
            "reaped", "reopening",
            // Has taken a finished chunk off the list; has written its output; has told workers to leave.
            "draining", "drained", "stopped",
        ]

        /// All points by number: the system calls by theirs, then the steps.
        static let names = SystemCall.allCases.map { "\($0)" } + steps.map { "\($0)" }
        private static let callCount = SystemCall.allCases.count

        static func number(of name: String) -> Int? { names.firstIndex(of: name) }

        static func number(of step: StaticString) -> Int {
            // By C and without a closure: workers come here for every record.
            var index = 0
            while index < steps.count {
                let candidate = steps[index]
                // Safe: the bytes of two literals of this length.
                if candidate.utf8CodeUnitCount == step.utf8CodeUnitCount,
                    unsafe memcmp(candidate.utf8Start, step.utf8Start, step.utf8CodeUnitCount) == 0
                {
                    return callCount + index
                }
                index += 1
            }
            preconditionFailure("no fault point is named \(step)")
        }
    }
#else
    /// Nothing, and no code, in a release build: not even the symbol that an inlinable function would leave.
    @_alwaysEmitIntoClient @inline(__always)
    package func faultPoint(_ step: StaticString) {}
    @_alwaysEmitIntoClient @inline(__always)
    package func faultVictim(worker number: Int) {}
#endif
