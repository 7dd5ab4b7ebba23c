import CProcessionShims
import Glibc

/// What this process may use of the machine it runs on.
package enum Machine {
    package static let pageSize = sysconf(Int32(_SC_PAGESIZE))

    /// Processors this process may run on at once: what its affinity allows, and no more than its control group's
    /// share of processor time, rounded up. At least 1.
    package static func availableCores() -> Int {
        let affinity = try? system(.getAffinity) { procession_affinity_count() }
        let quotas = ControlGroup.directories(for: "cpu").compactMap { $0.processorQuota() }
        return cores(affinity: affinity.map(Int.init) ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)), quotas: quotas)
    }

    package static func cores(affinity: Int, quotas: [Double]) -> Int {
        let share = quotas.min().map { Int(min($0.rounded(.up), 1e9)) } ?? affinity
        return max(1, min(affinity, share))
    }

    /// Bytes that can be had without swapping, or being killed: what the kernel holds available, and no more than
    /// what is left in this process's control groups. `Int.max` where neither can be read.
    package static func availableMemory() -> Int {
        let machine = ControlGroup.text("/proc/meminfo").flatMap { field("MemAvailable", in: $0) }.map { $0 << 10 }
        let groups = ControlGroup.directories(for: "memory").compactMap { $0.availableMemory() }
        return max(0, (groups + [machine ?? .max]).min()!)
    }

    /// Bytes of memory and swap space of the whole machine; without /proc, of memory.
    package static func totalMemory() -> Int {
        guard let text = ControlGroup.text("/proc/meminfo"), let memory = field("MemTotal", in: text) else {
            return sysconf(Int32(_SC_PHYS_PAGES)) * pageSize
        }
        return (memory + (field("SwapTotal", in: text) ?? 0)) << 10
    }

    /// The number after a name, in the tables of the kernel: "MemTotal:  123 kB" and "inactive_file 123".
    package static func field(_ name: String, in table: String) -> Int? {
        for line in table.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == ":" }
            if words.count >= 2, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
