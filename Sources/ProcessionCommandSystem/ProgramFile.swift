import Glibc
import ProcessionSystem

/// The file of a program, found as a shell finds it.
package enum ProgramFile {
    /// What there is under a name.
    package enum Finding: Equatable {
        case found(String)
        case missing
        /// Files of that name, of which this is the first, that nobody here may run.
        case notExecutable(String)
    }

    /// Looks a program up: by its path where the name has a slash in it, and else in the directories of `PATH`.
    ///
    /// - Parameters:
    ///   - name: Given text.
    ///   - directories: The value of `PATH`; nil for that of this process.
    package static func find(_ name: String, along directories: [UInt8]? = nil) -> Finding {
        if name.utf8.contains(slash) { return look(at: name) ?? .missing }
        var refused: Finding?
        for directory in (directories ?? ownPath).split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        {
            // An empty one is where we are.
            let place = directory.isEmpty ? "./" : String(given: directory + [slash])
            switch look(at: place + name) {
            case .found(let path): return .found(path)
            case let found?: refused = refused ?? found
            case nil: continue
            }
        }
        return refused ?? .missing
    }

    private static let slash = UInt8(ascii: "/")

    private static var ownPath: [UInt8] {
        // Safe: the text is copied before anybody could change the environment.
        guard let value = unsafe getenv("PATH") else { return Array("/usr/local/bin:/usr/bin:/bin".utf8) }
        return unsafe UnsafeBufferPointer(start: value, count: strlen(value)).map(UInt8.init(bitPattern:))
    }

    private static func look(at path: String) -> Finding? {
        var status = stat()
        // Safe: fills the structure it is given; the path lives during the calls.
        guard (try? system(.stat) { unsafe fstatat(AT_FDCWD, path.givenCString, &status, 0) }) != nil,
            status.st_mode & S_IFMT != S_IFDIR
        else { return nil }
        let isOurs = (try? system(.stat) { unsafe faccessat(AT_FDCWD, path.givenCString, X_OK, AT_EACCESS) }) != nil
        return status.st_mode & S_IFMT == S_IFREG && isOurs ? .found(path) : .notExecutable(path)
    }
}
