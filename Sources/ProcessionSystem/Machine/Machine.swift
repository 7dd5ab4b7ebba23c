import CProcessionShims
import Glibc

/// What this process may use of the machine it runs on.
package enum Machine {
    package static let pageSize = sysconf(Int32(_SC_PAGESIZE))

    /// Processors this process may run on at once: what its affinity allows, and no more than its control group's
    /// share of processor time, rounded up. At least 1.
    package static func availableCores() -> Int {
        let affinity = try? CoreSet(of: 0).count
        let quotas = ControlGroup.directories(for: "cpu").compactMap { $0.processorQuota() }
        return cores(affinity: affinity ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)), quotas: quotas)
    }

    package static func cores(affinity: Int, quotas: [Double]) -> Int {
        let share = quotas.min().map { Int(min($0.rounded(.up), 1e9)) } ?? affinity
        return max(1, min(affinity, share))
    }

    /// The kernel promises no more memory than it has (`vm.overcommit_memory` is 2), and refuses what is asked for
    /// beyond.
    package static let refusesToOvercommit =
        ControlGroup.text("/proc/sys/vm/overcommit_memory")?.utf8.first == UInt8(ascii: "2")

    /// Bytes that can be had without swapping, being killed or being refused: what the kernel holds available, or may
    /// still promise, and no more than what is left in this process's control groups. All there is where neither can be
    /// read.
    package static func availableMemory() -> Int {
        let machine = ControlGroup.text("/proc/meminfo").flatMap { available(in: $0, asPromised: refusesToOvercommit) }
        let groups = ControlGroup.directories(for: "memory").compactMap { $0.availableMemory() }
        return max(0, (groups + [machine ?? totalMemory()]).min()!)
    }

    /// From the text of /proc/meminfo.
    package static func available(in table: String, asPromised: Bool) -> Int? {
        guard let available = field("MemAvailable", in: table) else { return nil }
        guard asPromised, let limit = field("CommitLimit", in: table), let promised = field("Committed_AS", in: table)
        else { return available << 10 }
        return min(available, max(0, limit - promised)) << 10
    }

    /// Bytes of memory and swap space of the whole machine; without the swap space where /proc cannot be read.
    package static func totalMemory() -> Int {
        guard let text = ControlGroup.text("/proc/meminfo"), let memory = field("MemTotal", in: text) else {
            return max(sysconf(Int32(_SC_PHYS_PAGES)), 1) * pageSize
        }
        return (memory + (field("SwapTotal", in: text) ?? 0)) << 10
    }

    /// Processes that the kernel has killed for want of memory, in this process's control group where that counts them,
    /// else on the whole machine. Only the difference of two answers says something.
    package static func outOfMemoryKills() -> Int {
        // Each asked once: a lazy `compactMap` would ask twice, and the second answer may be another.
        for group in ControlGroup.directories(for: "memory") {
            if let kills = group.outOfMemoryKills() { return kills }
        }
        return ControlGroup.text("/proc/vmstat").flatMap { field("oom_kill", in: $0) } ?? 0
    }

    /// The most bytes that one memory file, mapped at both ends of the pool, may have under this process's limits on
    /// file sizes and address space. Of the latter, two such files leave half for everything else.
    package static func largestMemoryFile() -> Int {
        let (file, space) = (limit(RLIMIT_FSIZE), limit(RLIMIT_AS))
        return min(file, space / 4)
    }

    private static func limit(_ resource: __rlimit_resource) -> Int {
        var limit = rlimit()
        // Safe: getrlimit fills the structure it is given.
        guard
            (try? system(.getResourceLimit) { unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) }) != nil
        else { return .max }
        return Int(clamping: limit.rlim_cur)
    }

    /// The number after a name, in the tables of the kernel: "MemTotal:  123 kB" and "inactive_file 123".
    package static func field(_ name: String, in table: String) -> Int? {
        // By bytes: characters cost more than to ask the kernel.
        var rest = table.utf8[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[line.endIndex...].dropFirst()
            guard line.starts(with: name.utf8) else { continue }
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ":") }
            if words.count >= 2, words[0].elementsEqual(name.utf8) { return Int(Substring(words[1])) }
        }
        return nil
    }
}
