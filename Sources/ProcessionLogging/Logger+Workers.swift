public import Logging
public import Procession

extension Logger {
    /// Logs what the workers of a pool print, one message a line.
    ///
    ///     let logger = Logger(label: "workers")
    ///     let pool = try WorkerPool(onOutput: logger.workerOutput())
    ///
    /// The metadata has the number of the worker (`worker`) and its process id (`pid`); and where lines were dropped
    /// before, because the log has kept the pool waiting for more than a second, how many (`dropped`).
    ///
    /// - Parameters:
    ///   - standardOutput: The level of what is printed on standard output, as by `print`.
    ///   - standardError: The level of what is printed on standard error, as by `fatalError`.
    /// - Returns: What a pool is to call for each line.
    /// - Complexity: That of a message of the log, for each line.
    public func workerOutput(
        standardOutput: Level = .info, standardError: Level = .warning
    ) -> @Sendable (WorkerOutput) -> Void {
        { line in
            var metadata: Metadata = ["worker": "\(line.worker)", "pid": "\(line.processID)"]
            if line.dropped > 0 { metadata["dropped"] = "\(line.dropped)" }
            let level = line.stream == .standardOutput ? standardOutput : standardError
            log(level: level, "\(line.text)", metadata: metadata, source: "Procession")
        }
    }
}
