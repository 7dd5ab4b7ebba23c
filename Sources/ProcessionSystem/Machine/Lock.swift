package import Glibc
import Synchronization

/// A value for several threads, of which one at a time sees it, beside which who waits for something waits at a seat of
/// its own, so that nobody is woken in vain. Where all wait for the same, there is `Monitor`.
///
/// A lock of the C library, because ThreadSanitizer knows it; and because who opens it leaves it to whoever comes first.
/// `Mutex` hands itself over to one that sleeps, and all others wait until that one has woken up: where many threads
/// come, each time.
@safe @usableFromInline package final class Lock<State: ~Copyable>: @unchecked Sendable {
    /// By an address, because the lock takes care already that nobody else uses it at the same time.
    @usableFromInline package let address = UnsafeMutablePointer<State>.allocate(capacity: 1)
    package let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Threads that have found it locked and wait for it.
    private let waiting = Atomic(0)
    private let birthplace = Birthplace()

    package init(_ state: consuming State) {
        // Safe: fresh memory at an address that stays; given back in deinit, when no thread has a reference.
        unsafe address.initialize(to: state)
        unsafe _ = pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe address.deinitialize(count: 1)
        unsafe address.deallocate()
        // In a copy of the process it may be locked for ever.
        guard birthplace.isHere else { return }
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// For who has the lock.
    package var state: State {
        @inlinable @inline(__always) _read { yield unsafe address.pointee }
        @inlinable @inline(__always) _modify { yield unsafe &address.pointee }
    }

    /// Lets those have it who wait for it. Without a pause they would come too late: to wake takes them longer than
    /// it takes the caller, who is awake, to lock it again.
    package func yield() {
        guard waiting.load(ordering: .relaxed) > 0 else { return }
        unlock()
        usleep(50)
        lock()
    }

    /// Runs `body` for who has the lock; it does not open it.
    @inlinable @inline(__always)
    package func held<Result, Failure>(_ body: (inout State) throws(Failure) -> Result) throws(Failure) -> Result {
        try unsafe body(&address.pointee)
    }

    @usableFromInline package func lock() {
        if unsafe pthread_mutex_trylock(mutex) == 0 { return }
        waiting.add(1, ordering: .relaxed)
        unsafe _ = pthread_mutex_lock(mutex)
        waiting.subtract(1, ordering: .relaxed)
    }

    /// By the thread that has locked it.
    @usableFromInline package func unlock() { unsafe _ = pthread_mutex_unlock(mutex) }

    /// Runs `body` while nobody else has the lock; it does not open it.
    @inlinable @inline(__always)
    package func callAsFunction<Result, Failure>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try unsafe body(&address.pointee)
    }
}

/// Where one thread at a time waits, beside a lock.
@safe package final class Seat {
    private let woken = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let birthplace = Birthplace()

    package init() {
        var attributes = pthread_condattr_t()
        // Safe: as above.
        unsafe _ = pthread_condattr_init(&attributes)
        unsafe _ = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe _ = pthread_cond_init(woken, &attributes)
        unsafe _ = pthread_condattr_destroy(&attributes)
    }

    deinit {
        // In a copy of the process, who waits is not there to leave, which destroying waits for.
        guard birthplace.isHere else { return }
        unsafe pthread_cond_destroy(woken)
        unsafe woken.deallocate()
    }

    /// Opens the lock, which the caller has, and has locked it again when somebody has woken the seat, the time is
    /// over, or for no reason at all.
    package func wait<State: ~Copyable>(for time: Duration, _ lock: Lock<State>) {
        let end = (Instant.now + time).nanoseconds
        var moment = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        // Safe: the caller has the lock; both are alive meanwhile.
        unsafe _ = pthread_cond_timedwait(woken, lock.mutex, &moment)
    }

    /// Wakes who waits there. The caller has the lock.
    package func wake() { unsafe _ = pthread_cond_signal(woken) }
}
