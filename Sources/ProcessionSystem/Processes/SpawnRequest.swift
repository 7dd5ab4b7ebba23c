/// A child process to be started.
///
/// The child has exactly these descriptors: 0 is /dev/null, 1 and 2 are the parent's 2 (/dev/null where the parent has
/// none) unless they are given, and those listed. Its signals are at their defaults and unblocked, unless all are to be blocked; only a
/// SIGHUP that the parent ignores, as `nohup` has it, stays ignored, and a SIGUSR1, which asks the parent alone. It
/// inherits the limits and the credentials, and the environment and the working directory unless they are given.
package struct SpawnRequest: Sendable {
    /// The executable; no search along PATH.
    package var path: String
    /// All of argv, the name included.
    package var arguments: [String]
    /// "NAME=value" each, in place of or on top of what is in the environment.
    package var environment: [String]
    /// The environment, byte for byte; nil for that of this process.
    package var inherited: [[CChar]]?
    /// A descriptor of the working directory, which must stay open until the child is spawned; nil for that of this
    /// process.
    package var directory: Int32?
    /// Open descriptors of this process and the numbers, from 3 up, at which the child finds them.
    ///
    /// Who spawns keeps the sources open until the child is spawned. They may have any numbers, those of targets too.
    package var descriptors: [(from: Int32, to: Int32)]
    /// Where the child's standard output and standard error go; nil for the parent's standard error.
    package var prints: Prints?

    /// Open descriptors above 2, likewise.
    package struct Prints: Sendable {
        let output, errors: Int32

        package init(output: Int32, errors: Int32) { (self.output, self.errors) = (output, errors) }
    }

    /// Begin with all signals blocked, for a child that is to lose none before it can take them.
    package var blocksSignals: Bool

    package init(
        path: String = "/proc/self/exe", arguments: [String], environment: [String] = [],
        descriptors: [(from: Int32, to: Int32)] = [], blocksSignals: Bool = false
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.blocksSignals = blocksSignals
    }
}
