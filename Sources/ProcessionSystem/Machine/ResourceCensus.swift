import Glibc

/// What this process holds at the moment, as the kernel tells it: for tests that nothing is left behind.
package struct ResourceCensus: Hashable, Sendable {
    package let openDescriptors: [Int32: String]
    package let children: [Int32]
    package let sharedMappings: Int

    package init() throws(SystemError) {
        openDescriptors = try Self.openDescriptors()
        children = try Self.children()
        sharedMappings = try Self.sharedMappings()
    }

    /// Open descriptors and what they lead to, without the one that is needed to look.
    ///
    /// Of another process, a child for example, all of them.
    package static func openDescriptors(of pid: Int32? = nil) throws(SystemError) -> [Int32: String] {
        let directory = "/proc/\(pid.map(String.init) ?? "self")/fd"
        var found: [Int32: String] = [:]
        for name in try names(in: directory) {
            // A descriptor that is gone when its link is read was the one for looking, or another thread's.
            guard let number = Int32(name), let target = link("\(directory)/\(name)") else { continue }
            found[number] = target
        }
        return found
    }

    /// Children of all threads, zombies included; of another process, if one is named.
    package static func children(of pid: Int32? = nil) throws(SystemError) -> [Int32] {
        let threads = "/proc/\(pid.map(String.init) ?? "self")/task"
        var found: [Int32] = []
        for thread in try names(in: threads) {
            // A thread that has ended meanwhile has left its children to another.
            guard let text = ControlGroup.text("\(threads)/\(thread)/children") else { continue }
            found += text.split { $0 == " " || $0 == "\n" }.compactMap { Int32($0) }
        }
        return found.sorted()
    }

    /// Bytes of memory that a process alone has: neither shared nor of a file. Nil where that cannot be known, or the
    /// process has ended.
    package static func ownBytes(of pid: Int32) -> Int? {
        ControlGroup.text("/proc/\(pid)/statm").flatMap(ownBytes(in:))
    }

    /// The same of all that a process has started and that runs.
    package static func ownBytes(under pid: Int32) -> Int {
        ((try? children(of: pid)) ?? []).reduce(0) { $0 + (ownBytes(of: $1) ?? 0) + ownBytes(under: $1) }
    }

    /// In pages: all, those in memory, those of them that are shared or of a file, and more.
    package static func ownBytes(in statm: String) -> Int? {
        let pages = statm.split(separator: " ").compactMap { Int($0) }
        guard pages.count > 2, pages[1] >= pages[2] else { return nil }
        return (pages[1] - pages[2]) * Int(getpagesize())
    }

    /// Mappings of memory files.
    package static func sharedMappings() throws(SystemError) -> Int {
        let maps = String(decoding: try File.contents(of: "/proc/self/maps"), as: UTF8.self)
        return maps.split(separator: "\n").count { $0.contains("/memfd:") }
    }

    package static func names(in directory: String) throws(SystemError) -> [String] {
        var found: [String] = []
        // Safe: the stream is opened, read and closed here, by one thread; a name is copied before the next is read.
        var stream: OpaquePointer?
        _ = try system(.readDirectory) {
            unsafe stream = opendir(directory)
            return unsafe stream == nil ? -1 : 0
        }
        defer { unsafe closedir(stream!) }
        while let entry = unsafe readdir(stream!) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { found.append(name) }
        }
        return found
    }

    private static func link(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        // Safe: fills the array, whose length it is told.
        let count = try? system(.readLink) {
            unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe readlink(path, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
            }
        }
        return count.map { String(decoding: bytes[..<$0], as: UTF8.self) }
    }
}
