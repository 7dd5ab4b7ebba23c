import Glibc

/// A thread of its own that runs `body` and ends with it.
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

    func join() { pthread_join(thread, nil) }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// A number from the environment, for loops that the long tier makes longer.
func rounds(_ name: String, or standard: Int) -> Int {
    // Safe: the text is copied at once.
    unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) } ?? standard
}
