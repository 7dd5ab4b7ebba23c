/// The input segment, in a process that is a worker: for values that a function has captured as a place in it.
///
/// Public because such values are loaded in the user's module; nothing in it is meant to be called by hand.
public enum _WorkerInput {
    /// It is written once, by `WorkerSegments.stay`, before anything of the user's runs.
    @usableFromInline nonisolated(unsafe) static var kept = _SlotReader.empty

    /// Of no bytes in a process that is no worker. The mapping stays as long as the process.
    @inlinable public static var reader: _SlotReader { unsafe kept }
}
