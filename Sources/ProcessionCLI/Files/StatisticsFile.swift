import Glibc
import ProcessionCommandSystem
import ProcessionSystem

/// Where a run says what it did. What is there is kept until then.
final class StatisticsFile {
    let target: WrittenTarget
    /// Whether it may be written: nobody else writes it.
    private var isOurs = false

    init(_ path: String) throws(Exit) { target = try WrittenTarget(path, as: .statistics, O_WRONLY) }

    /// Finds out that it can be written before the work is done.
    func begin() throws(Exit) {
        try target.make(O_WRONLY)
        try target.lock(shared: true)
        isOurs = true
    }

    func write(_ text: String) throws(Exit) {
        guard isOurs, let number = target.number else { return }
        do {
            if target.isFile { try File.setSize(of: number, to: 0) }
            try File.write(number, text: text)
        } catch  where error.code == EPIPE {
            throw Exit.readerGone
        } catch {
            throw WrittenTarget.failure(target.path, error)
        }
    }
}

/// What a run did.
struct RunFigures: Equatable {
    var records = 0
    var failed = 0
    var inputBytes = 0
    var outputBytes = 0
    var retried = 0
    var workers = 0
    var workersReplaced = 0
    var workersRetired = 0
    var seconds = 0.0
    let window: Int

    var text: String {
        """
        {"records":\(records),"failed":\(failed),"retried":\(retried),"workers":\(workers),\
        "workers_replaced":\(workersReplaced),"workers_retired":\(workersRetired),"seconds":\(seconds),"input_bytes":\(inputBytes),\
        "output_bytes":\(outputBytes),"window_bytes":\(window)}

        """
    }
}
