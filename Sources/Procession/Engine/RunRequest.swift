package import ProcessionSystem

/// What whoever wants a run asks for, beside its records and its function.
package struct RunRequest {
    /// Asked before every step whether the run has to end: it then throws `Interrupted`.
    package var interruption: Interruption?
    /// Told now and then, a few times a second, how far the run has come.
    package var onProgress: ((RunProgress) -> Void)?
    /// Told at the beginning where to look how far the run has come.
    package var onBegin: ((RunWatch) -> Void)?

    package init() {}
}
