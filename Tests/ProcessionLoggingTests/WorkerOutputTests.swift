import Logging
import Procession
import ProcessionLogging
import Synchronization
import Testing

/// What workers print, in a log of swift-log's.
@Suite struct WorkerOutputTests {
    @Test func eachLineIsAMessageWithItsWorkerAndItsProcess() throws {
        let log = Log()
        let logger = Logger(label: "workers") { _ in Log.Handler(log: log) }
        let pool = try WorkerPool(
            workers: 1, retries: 0, onOutput: logger.workerOutput(standardOutput: .debug, standardError: .error))
        let process = try #require(pool.workerProcessIDs.first)
        _ = try pool.map([1, 2], Fateful(), onFailure: .collect)
        pool.shutDown()
        let messages = log.messages.withLock { $0 }
        #expect(messages.contains("debug: mapping 2 pid=\(process) worker=0"))
        #expect(messages.contains { $0.hasPrefix("error: ") && $0.contains("Fatal error: two") })
    }
}

/// Dies of a two, and says so.
struct Fateful: ValueFunction {
    func callAsFunction(_ value: Int) -> Int {
        print("mapping \(value)")
        if value == 2 { fatalError("two") }
        return value
    }
}

/// Messages, as they come.
final class Log: Sendable {
    let messages = Mutex<[String]>([])

    struct Handler: LogHandler {
        let log: Log
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            log.messages.withLock { $0.append("\(event.level): \(event.message)\(metadata)") }
        }
    }
}
