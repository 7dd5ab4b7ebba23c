import Glibc
import ProcessionSystem
import Testing

// What /proc says about the processes of a run.

/// The directory in which this test bundle was built, and `procession` with it.
func builtProducts() throws -> String {
    var path = [CChar](repeating: 0, count: 4096)
    // Safe: filled up to the length it is given, less one, so that a zero is left.
    let count = unsafe readlink("/proc/self/exe", &path, path.count - 1)
    try #require(count > 0)
    let executable = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(executable[..<(try #require(executable.lastIndex(of: "/")))])
}

/// The processes that have `mark` in their environment, those aside that have ended and are only not reaped.
func processes(marked mark: String) throws -> [Int32] {
    let mark = Array(mark.utf8)
    return directoryEntries("/proc").compactMap { Int32($0) }.filter { pid in
        let environment = (try? File.contents(of: "/proc/\(pid)/environ")) ?? []
        return contains(mark, environment)
    }
}

/// Whether one of the texts in `list`, each of which ends in a zero, is `text`. By C, for a debug build is slow at it
/// and there are many processes.
private func contains(_ text: [UInt8], _ list: [UInt8]) -> Bool {
    unsafe list.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Bool in
        guard let base = bytes.baseAddress else { return false }
        var start = 0
        // Safe: every search begins below the count and ends there.
        while start < bytes.count {
            let zero: UnsafeMutableRawPointer? = unsafe memchr(base + start, 0, bytes.count - start)
            let length = unsafe zero.map { unsafe UnsafeRawPointer($0) - base - start } ?? bytes.count - start
            if length == text.count, unsafe memcmp(base + start, text, length) == 0 { return true }
            start += length + 1
        }
        return false
    }
}

/// The children that the threads of a process have.
func children(of pid: Int32) throws -> [Int32] {
    directoryEntries("/proc/\(pid)/task").flatMap { thread in
        let list = (try? File.contents(of: "/proc/\(pid)/task/\(thread)/children")) ?? []
        return String(decoding: list, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
}

/// The names in a directory; none when it is gone.
private func directoryEntries(_ path: String) -> [String] {
    // Safe: the directory is closed below, and an entry is read before the next one takes its place.
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        names.append(
            unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            })
    }
    return names
}
