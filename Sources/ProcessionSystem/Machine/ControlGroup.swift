/// One directory of a control group that this process is in, of version 1 or 2; its limits bind this process.
package struct ControlGroup: Hashable, Sendable {
    package let path: String
    package let isVersion2: Bool

    /// The directories whose limits bind this process, from its own group up to the outermost one that is visible.
    static func directories(for controller: String) -> [ControlGroup] {
        guard let groups = text("/proc/self/cgroup"), let mounts = text("/proc/self/mountinfo") else { return [] }
        return directories(for: controller, groups: groups, mounts: mounts)
    }

    /// `groups` has lines of "4:cpu,cpuacct:/path", or "0::/path" for version 2. `mounts` has lines of
    /// "31 23 0:28 ROOT MOUNTPOINT options … - TYPE source options". A container often sees its own group as the root
    /// of the mount, so the path of the group counts from ROOT.
    package static func directories(for controller: String, groups: String, mounts: String) -> [ControlGroup] {
        let controller = controller.utf8
        return groups.utf8.split(separator: UInt8(ascii: "\n")).flatMap { line -> [ControlGroup] in
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let isVersion2 = parts[1].isEmpty
            guard isVersion2 || lists(parts[1], controller) else { return [] }
            for mount in mounts.utf8.split(separator: UInt8(ascii: "\n")) where mayBeOurs(mount) {
                let words = mount.split(separator: UInt8(ascii: " "))
                guard let dash = words.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash >= 6,
                    words.count > dash + 3,
                    words[dash + 1].elementsEqual((isVersion2 ? "cgroup2" : "cgroup").utf8),
                    isVersion2 || lists(words[dash + 3], controller)
                else { continue }
                let below = components(of: parts[2], below: components(of: words[3]))
                return (0...below.count).reversed().map { depth in
                    let mountPoint = String(Substring(words[4]))
                    let path = below[..<depth].reduce(mountPoint) { $0 + "/" + String(Substring($1)) }
                    return ControlGroup(path: path, isVersion2: isVersion2)
                }
            }
            return []
        }
    }

    // By bytes: to part a text by characters costs more than to ask the kernel for it.
    private typealias Bytes = Substring.UTF8View

    /// Whether a line of mounts is worth being parted: most are not.
    private static func mayBeOurs(_ mount: Bytes) -> Bool {
        var rest = mount
        while let dash = rest.firstIndex(of: UInt8(ascii: "-")) {
            rest = rest[dash...]
            if rest.starts(with: "- cgroup".utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// Whether a list as "cpu,cpuacct" names a controller.
    private static func lists(_ names: Bytes, _ controller: String.UTF8View) -> Bool {
        names.split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(controller) }
    }

    private static func components(of path: Bytes) -> [Bytes] {
        path.split(separator: UInt8(ascii: "/"))
    }

    /// What follows `root` in `path`; nothing where the path lies elsewhere, so that the mount itself is looked at.
    private static func components(of path: Bytes, below root: [Bytes]) -> [Bytes] {
        let all = components(of: path)
        guard all.starts(with: root, by: { $0.elementsEqual($1) }),
            !all.contains(where: { $0.elementsEqual("..".utf8) })
        else { return [] }
        return Array(all.dropFirst(root.count))
    }

    /// Processors' worth of time per period; nil where there is no limit.
    func processorQuota() -> Double? {
        isVersion2
            ? Self.processorQuota(read("cpu.max"))
            : Self.processorQuota("\(read("cpu.cfs_quota_us")) \(read("cpu.cfs_period_us"))")
    }

    /// From "QUOTA PERIOD", where no limit is "max" or -1.
    package static func processorQuota(_ text: String) -> Double? {
        let words = text.split { $0 == " " || $0 == "\n" }
        guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0
        else { return nil }
        return quota / period
    }

    /// Bytes that may still be used; nil where there is no limit.
    func availableMemory() -> Int? {
        Self.availableMemory(
            limit: read(isVersion2 ? "memory.max" : "memory.limit_in_bytes"),
            usage: read(isVersion2 ? "memory.current" : "memory.usage_in_bytes"),
            inactive: Machine.field(isVersion2 ? "inactive_file" : "total_inactive_file", in: read("memory.stat")))
    }

    /// Processes of the group that the kernel has killed for want of memory; nil where it does not count them.
    func outOfMemoryKills() -> Int? {
        Machine.field("oom_kill", in: read(isVersion2 ? "memory.events" : "memory.oom_control"))
    }

    /// Cached files that nobody has touched for a while (`inactive`) count as usage, but the kernel gives them up
    /// first.
    package static func availableMemory(limit: String, usage: String, inactive: Int?) -> Int? {
        let words = [limit, usage].compactMap { $0.split(separator: "\n").first }
        guard words.count == 2, let limit = Int(words[0]), let usage = Int(words[1]) else { return nil }
        return max(0, limit - max(0, usage - (inactive ?? 0)))
    }

    private func read(_ name: String) -> String {
        Self.text("\(path)/\(name)") ?? ""
    }

    package static func text(_ path: String) -> String? {
        (try? File.contents(of: path)).map { String(decoding: $0, as: UTF8.self) }
    }
}
