import Glibc
import ProcessionCommandSystem
import ProcessionSystem

/// Where the records of a run go.
///
/// A file grows beside the one that has its name, and takes the name when the run has succeeded. With a checkpoint it
/// grows under its name, for the run that goes on; and so it does where no file can be made beside it that is like it.
/// A stream, a pipe or a device is written as it is.
final class OutputFile {
    let target: WrittenTarget
    private let isContinued: Bool
    private var growing: GrowingFile?
    /// Whether an earlier output was given up for this one.
    private var isReplaced = false

    init(_ path: String, growsInPlace: Bool) throws(Exit) {
        isContinued = growsInPlace
        target = try WrittenTarget(path, as: .output, growsInPlace ? O_RDWR : O_WRONLY)
    }

    /// What a checkpoint compares with what it has recorded: the output so far, which is made if there is none.
    func duplicate() throws -> Descriptor {
        try target.make(O_RDWR)
        return try File.duplicate(target.number!)
    }

    /// Makes it ready, and returns what is written to.
    func begin() throws -> Descriptor {
        guard target.isFile else { return target.take() }
        do {
            if !isContinued, try growsBeside(), let growing { return try growing.writer() }
            try target.make(O_RDWR)
            try target.lock(shared: false)
            guard try File.status(of: target.number!).identity == File.identity(of: target.path) else {
                throw target.inUse
            }
            if isContinued {
                // A checkpoint in another directory may outlive a name that is lost. Not every directory can be synced.
                try? File.syncName(of: target.path)
            } else {
                try File.setSize(of: target.number!, to: 0)
                isReplaced = true
            }
            return target.take()
        } catch let error as SystemError {
            throw WrittenTarget.failure(target.path, error)
        }
    }

    private func growsBeside() throws -> Bool {
        try target.lock(shared: true)
        do throws(SystemError) {
            growing = try GrowingFile(beside: target.path, like: target.number)
            return true
        } catch {
            guard target.number != nil else { throw error }
            return false
        }
    }

    /// All of it is written: it gets its name.
    func appear() throws {
        do {
            try growing?.takePlace()
            growing = nil
        } catch {
            throw OutputError(error: error)
        }
    }

    /// The run has failed: says where that is found which it has done.
    func abandon() -> String {
        let path = growing != nil ? growing?.abandon() : isReplaced ? target.path : nil
        return path.map { "; what is done is in \(shown(path: $0))" } ?? ""
    }
}
