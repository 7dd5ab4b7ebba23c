import Glibc
package import ProcessionSystem

/// Directories that several processes share, perhaps on several machines: what is in them, and files that get or lose
/// their names.
extension File {
    /// Makes a directory, unless one is there (`mkdir`).
    package static func makeDirectory(_ path: String) throws(SystemError) {
        do {
            // Safe: the path lives during the call.
            _ = try system(.mkdir) { unsafe mkdir(path.givenCString, 0o777) }
        } catch  where error.code == EEXIST {
            _ = try open(path, O_RDONLY | O_DIRECTORY)
        }
    }

    /// What is in a directory, in no order (`readdir`).
    package static func names(in directory: String) throws(SystemError) -> [String] {
        // Safe: the stream is ours until it is closed, and an entry lives until the next is read.
        guard let stream = unsafe opendir(directory.givenCString) else {
            throw SystemError(call: .readDirectory, code: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw SystemError(call: .readDirectory, code: errno) }
                return names
            }
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            let name = String(given: bytes)
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Turns a name to a file, whatever had the name before, in one step (`rename`).
    package static func rename(_ path: String, to target: String) throws(SystemError) {
        // Safe: both paths live during the call.
        _ = try system(.rename) { unsafe Glibc.rename(path.givenCString, target.givenCString) }
    }

    /// Removes a name (`unlink`).
    package static func remove(_ path: String) throws(SystemError) {
        // Safe: the path lives during the call.
        _ = try system(.unlink) { unsafe unlink(path.givenCString) }
    }
}

/// Where this process runs, for people and for names that nobody else gives.
package enum Here {
    /// What this machine is called (`uname`), in letters, digits and dashes.
    package static var host: String {
        var name = utsname()
        // Safe: fills the structure it is given.
        guard unsafe uname(&name) == 0 else { return "host" }
        let bytes = unsafe withUnsafeBytes(of: &name.nodename) { unsafe Array($0.prefix { $0 != 0 }) }
        let letters = bytes.prefix { $0 != UInt8(ascii: ".") }.prefix(40).map { byte in
            let character = Character(Unicode.Scalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        return letters.isEmpty ? "host" : String(letters)
    }

    package static var process: Int32 { getpid() }

    /// The value of a name in the environment; nil where it is not there.
    package static func environment(_ name: String) -> String? {
        // Safe: the text is copied at once, and nobody here changes the environment.
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(given: Array(UnsafeBufferPointer(start: text, count: strlen(text))).map(UInt8.init))
    }
}
