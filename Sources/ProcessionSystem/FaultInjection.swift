#if FAULT_INJECTION
    import Synchronization

    /// Makes the n-th system call of a kind fail, for tests of what happens then. Debug builds only.
    ///
    /// A call that gives something back (`close`, `munmap`) is counted and made whatever is asked here.
    package enum FaultInjection {
        /// Lets the `nth` such call from now on (the next one is 1) fail with `errno`, and with `forever` all after it.
        ///
        /// The call itself is then not made. EINTR for ever is refused: what restarts would never end.
        package static func fail(_ call: SystemCall, nth: Int, errno: Int32, forever: Bool = false) {
            precondition(nth >= 1 && !(forever && errno == 4), "an impossible fault was asked for")
            state.withLock { state in
                let first = state.counts[call, default: 0] + nth
                state.faults.append(Fault(call: call, hits: first...(forever ? Int.max : first), errno: errno))
            }
        }

        /// Forgets all faults and all counts.
        package static func reset() {
            state.withLock { $0 = State() }
        }

        /// How often the call was made or refused since the last reset; a restart counts again.
        package static func count(of call: SystemCall) -> Int {
            state.withLock { $0.counts[call, default: 0] }
        }

        static func verdict(on call: SystemCall) -> Int32? {
            state.withLock { state in
                let hit = state.counts[call, default: 0] + 1
                state.counts[call] = hit
                return state.faults.first { $0.call == call && $0.hits.contains(hit) }?.errno
            }
        }

        private struct Fault {
            let call: SystemCall
            let hits: ClosedRange<Int>
            let errno: Int32
        }

        private struct State {
            var counts: [SystemCall: Int] = [:]
            var faults: [Fault] = []
        }

        private static let state = Mutex(State())
    }
#endif
