import Glibc

/// A value for several threads, of which one at a time sees it, and a place to wait until it is as one needs it.
@safe package final class Monitor<State: ~Copyable & Sendable>: @unchecked Sendable {
    private let lock: Lock<State>
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let birthplace = Birthplace()

    package init(_ state: consuming State) {
        lock = Lock(state)
        // Safe: fresh memory at an address that stays; given back in deinit, when no thread has a reference.
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        // In a copy of the process, those who wait are not there to leave, which destroying waits for.
        guard birthplace.isHere else { return }
        unsafe pthread_cond_destroy(changed)
        unsafe changed.deallocate()
    }

    /// Runs `body` alone, after which nobody who waits has to look again.
    package func callAsFunction<Result: ~Copyable>(_ body: (inout State) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        // Safe: locked by this thread.
        return unsafe body(&lock.address.pointee)
    }

    /// Waits until `condition` holds, runs `body` while it does, and lets all who wait look again.
    package func when<Result: ~Copyable>(
        _ condition: (borrowing State) -> Bool, _ body: (inout State) -> Result
    ) -> Result {
        lock.lock()
        // Safe: locked by this thread, but for while it waits.
        while unsafe !condition(lock.address.pointee) { unsafe pthread_cond_wait(changed, lock.mutex) }
        let result = unsafe body(&lock.address.pointee)
        lock.unlock()
        // Behind the lock, which whoever wakes takes first.
        unsafe pthread_cond_broadcast(changed)
        return result
    }
}
