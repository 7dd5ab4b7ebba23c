import Glibc

/// A value for several threads, of which one at a time sees it, and a place to wait until it is as one needs it.
@safe package final class Monitor<State: ~Copyable & Sendable>: @unchecked Sendable {
    /// By an address, because the lock takes care already that nobody else uses it at the same time.
    private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let birthplace = Birthplace()
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ state: consuming State) {
        // Safe: fresh memory at an address that stays; given back in deinit, when no thread has a reference.
        unsafe self.state.initialize(to: state)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
        // In a copy of the process, those who wait are not there to leave, which destroying waits for.
        guard birthplace.isHere else { return }
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` alone, after which nobody who waits has to look again.
    package func callAsFunction<Result: ~Copyable>(_ body: (inout State) -> Result) -> Result {
        // Safe: as below.
        unsafe pthread_mutex_lock(mutex)
        let result = unsafe body(&state.pointee)
        unsafe pthread_mutex_unlock(mutex)
        return result
    }

    /// Waits until `condition` holds, runs `body` while it does, and lets all who wait look again.
    package func when<Result: ~Copyable>(
        _ condition: (borrowing State) -> Bool, _ body: (inout State) -> Result
    ) -> Result {
        // Safe: locked and unlocked by the same thread, and `state` is touched only in between.
        unsafe pthread_mutex_lock(mutex)
        while unsafe !condition(state.pointee) { unsafe pthread_cond_wait(changed, mutex) }
        let result = unsafe body(&state.pointee)
        unsafe pthread_mutex_unlock(mutex)
        // Behind the lock, which whoever wakes takes first.
        unsafe pthread_cond_broadcast(changed)
        return result
    }
}
