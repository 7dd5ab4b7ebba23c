/// What a map does when a record fails.
///
/// Each policy has a type of its own, because what a map returns depends on it: the results of a map that throws are
/// all there, and are read without a question; those of a map that collects are a `Result` each.
public enum FailurePolicy {
    /// The type of `.throw`.
    public struct Throw: Sendable {
        /// Throw the `RecordFailure` of the first record that failed, in the order of the input.
        public static var `throw`: Throw { Throw() }
    }

    /// The type of `.collect`.
    public struct Collect: Sendable {
        /// Go on: the results say of every record what it came to.
        public static var collect: Collect { Collect() }
    }
}
