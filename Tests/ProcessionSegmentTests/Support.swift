import Glibc
import ProcessionSystem

/// SplitMix64: the same numbers for the same seed, on every machine.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// A number of any magnitude: as many of small ones as of large ones, and often at a power of two.
    mutating func anyMagnitude() -> Int {
        let bits = Int.random(in: 0...63, using: &self)
        let power = bits == 63 ? Int.max : 1 << bits
        switch next() % 4 {
        case 0: return power
        case 1: return power - 1
        default: return Int.random(in: 0...power, using: &self)
        }
    }
}

/// A seed for one test, printed so that a failure can be seen again: PROCESSION_SEED sets it.
func printedSeed(_ test: String = #function) -> UInt64 {
    // Safe: nobody changes the environment of a test process.
    let given = unsafe getenv("PROCESSION_SEED").flatMap { unsafe UInt64(String(cString: $0)) }
    let seed = given ?? RandomSeed.random64()
    print("\(test): PROCESSION_SEED=\(seed)")
    return seed
}

/// A thread that is no Swift task, so that what waits in it keeps nobody else from running.
final class OtherThread: Sendable {
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Body(body))
        // Safe: the thread takes over the reference.
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        precondition(code == 0)
        self.thread = thread
    }

    func join() {
        pthread_join(thread, nil)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// Waits until a bell rings; false when it has not within the time after which a test gives up.
func rings(_ bell: borrowing EventCounter, within limit: Duration = .seconds(30)) -> Bool {
    var items = [PollItem(descriptor: bell.descriptor.number, wants: .read)]
    _ = try? poll(&items, timeout: limit)
    guard items[0].ready != [] else { return false }
    bell.drain()
    return true
}

/// Lets another thread run.
func yield() { sched_yield() }
