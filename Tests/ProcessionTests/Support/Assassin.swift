import Glibc

/// A thread that kills a process after a while.
final class Assassin: @unchecked Sendable {
    private let victim: Int32
    private let microseconds: UInt32
    private var thread = pthread_t()

    init(victim: Int32, microseconds: UInt32) {
        self.victim = victim
        self.microseconds = microseconds
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        // Safe: `join` keeps the object alive until the thread has ended.
        unsafe pthread_create(
            &thread, nil,
            { context in
                let assassin = unsafe Unmanaged<Assassin>.fromOpaque(context!).takeUnretainedValue()
                usleep(assassin.microseconds)
                kill(assassin.victim, SIGKILL)
                return nil
            }, context)
    }

    func join() { pthread_join(thread, nil) }
}
