package import ProcessionSystem

/// What whoever wants a run asks for, beside its records and its function.
package struct RunRequest: Sendable {
    /// When it was called, by the pool's cancellations.
    var moment = 0
    /// What hardly any run asks for, apart, so that most take two words along.
    private var extras: Extras?

    // Safe: it is not changed once it is another request's, too.
    private final class Extras: @unchecked Sendable {
        var limits: RunLimits?
        var deadline: Instant?
        var interruption: Interruption?
        var onProgress: ((RunProgress) -> Void)?
        var onBegin: ((Int, RunWatch) -> Void)?

        init(copying other: Extras?) {
            limits = other?.limits
            deadline = other?.deadline
            interruption = other?.interruption
            onProgress = other?.onProgress
            onBegin = other?.onBegin
        }
    }

    package init() {}

    /// What is to be changed: a copy, for others may refer to what there is.
    private mutating func extra() -> Extras {
        let extras = Extras(copying: extras)
        self.extras = extras
        return extras
    }

    /// Nil: those of the engine.
    var limits: RunLimits? {
        get { extras?.limits }
        set { extra().limits = newValue }
    }

    /// When it has to be over: from then on a step throws.
    var deadline: Instant? {
        get { extras?.deadline }
        set { extra().deadline = newValue }
    }

    func isDue(at now: Instant) -> Bool { deadline.map { now >= $0 } ?? false }

    /// Asked before every step whether the run has to end: it then throws `Interrupted`.
    package var interruption: Interruption? {
        get { extras?.interruption }
        set { extra().interruption = newValue }
    }

    /// Told a few times a second, and at the end, how far the run has come; without the engine's lock.
    package var onProgress: ((RunProgress) -> Void)? {
        get { extras?.onProgress }
        set { extra().onProgress = newValue }
    }

    /// Without the closure itself, which takes longer to get.
    var tellsProgress: Bool { extras?.onProgress != nil }

    /// Told at the beginning the run's number, and where to look how far it has come.
    package var onBegin: ((Int, RunWatch) -> Void)? {
        get { extras?.onBegin }
        set { extra().onBegin = newValue }
    }

    /// Nothing but limits.
    var limitsAlone: RunRequest {
        var request = RunRequest()
        if let limits { request.limits = limits }
        return request
    }

    @inline(__always)
    func called(at moment: Int) -> RunRequest {
        var request = self
        request.moment = moment
        return request
    }

    /// Nothing but to be mapped.
    var isPlain: Bool { extras == nil }
}
