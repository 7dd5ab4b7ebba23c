package import ProcessionSystem

/// What whoever wants a run asks for, beside its records and its function.
package struct RunRequest {
    /// When it was called, by the pool's cancellations.
    var moment = 0
    /// What hardly any run asks for, apart, so that most take two words along. Copies share it: it is said before the
    /// run begins.
    private var extras: Extras?

    private final class Extras {
        var interruption: Interruption?
        var onProgress: ((RunProgress) -> Void)?
        var onBegin: ((Int, RunWatch) -> Void)?
    }

    package init() {}

    private mutating func extra() -> Extras {
        let extras = extras ?? Extras()
        self.extras = extras
        return extras
    }

    /// Asked before every step whether the run has to end: it then throws `Interrupted`.
    package var interruption: Interruption? {
        get { extras?.interruption }
        set { extra().interruption = newValue }
    }

    /// Told now and then, a few times a second, how far the run has come.
    package var onProgress: ((RunProgress) -> Void)? {
        get { extras?.onProgress }
        set { extra().onProgress = newValue }
    }

    /// Told at the beginning the run's number, and where to look how far it has come.
    package var onBegin: ((Int, RunWatch) -> Void)? {
        get { extras?.onBegin }
        set { extra().onBegin = newValue }
    }

    /// Nothing but to be mapped.
    var isPlain: Bool { extras == nil }
}
