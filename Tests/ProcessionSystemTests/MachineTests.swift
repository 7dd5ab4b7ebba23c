import Glibc
import ProcessionSystem
import Testing

struct MachineTests {
    @Test func coresAreWhatAffinityAndTheTightestQuotaAllow() {
        #expect(Machine.cores(affinity: 8, quotas: []) == 8)
        #expect(Machine.cores(affinity: 8, quotas: [2.5, 100]) == 3)
        #expect(Machine.cores(affinity: 2, quotas: [2.5]) == 2)
        #expect(Machine.cores(affinity: 8, quotas: [0.1]) == 1)
        #expect(Machine.cores(affinity: 0, quotas: [.infinity]) == 1)
    }

    @Test func quotasOfBothVersionsAreUnderstood() {
        #expect(ControlGroup.processorQuota("150000 100000\n") == 1.5)
        #expect(ControlGroup.processorQuota("max 100000\n") == nil)
        #expect(ControlGroup.processorQuota("-1\n 100000\n") == nil)
        #expect(ControlGroup.processorQuota("200000\n 100000\n") == 2)
        #expect(ControlGroup.processorQuota("100000 0") == nil)
        #expect(ControlGroup.processorQuota("0 100000") == nil)
        #expect(ControlGroup.processorQuota(" ") == nil)
    }

    @Test func memoryLeftInAGroupCountsCachedFilesAsFree() {
        #expect(ControlGroup.availableMemory(limit: "1000\n", usage: "600\n", inactive: nil) == 400)
        #expect(ControlGroup.availableMemory(limit: "1000\n", usage: "600\n", inactive: 250) == 650)
        #expect(ControlGroup.availableMemory(limit: "1000\n", usage: "1100\n", inactive: 0) == 0)
        #expect(ControlGroup.availableMemory(limit: "1000\n", usage: "100\n", inactive: 200) == 1000)
        #expect(ControlGroup.availableMemory(limit: "max\n", usage: "600\n", inactive: 0) == nil)
        #expect(ControlGroup.availableMemory(limit: "", usage: "", inactive: nil) == nil)
    }

    @Test func whereTheKernelRefusesToOvercommitNoMoreIsAvailableThanItMayPromise() {
        let table = "MemAvailable:    900 kB\nCommitLimit:    1000 kB\nCommitted_AS:    400 kB\n"
        #expect(Machine.available(in: table, asPromised: false) == 900 << 10)
        #expect(Machine.available(in: table, asPromised: true) == 600 << 10)
        let exceeded = "MemAvailable: 900 kB\nCommitLimit: 1000 kB\nCommitted_AS: 1400 kB\n"
        #expect(Machine.available(in: exceeded, asPromised: true) == 0)
        #expect(Machine.available(in: "MemAvailable: 900 kB\n", asPromised: true) == 900 << 10)
        #expect(Machine.available(in: "", asPromised: true) == nil)
    }

    @Test func everyGroupFromOursToTheMountBindsUs() {
        let groups = "0::/user/session\n"
        let mounts = "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
        #expect(
            paths("cpu", groups, mounts) == [
                "/sys/fs/cgroup/user/session", "/sys/fs/cgroup/user", "/sys/fs/cgroup",
            ])
    }

    @Test func theControllersOfVersion1HaveTheirOwnMounts() {
        let groups = "4:memory:/a\n3:cpu,cpuacct:/b\n1:name=systemd:/c\n"
        let mounts = """
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            """
        #expect(paths("cpu", groups, mounts) == ["/sys/fs/cgroup/cpu,cpuacct/b", "/sys/fs/cgroup/cpu,cpuacct"])
        #expect(paths("memory", groups, mounts) == ["/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"])
        #expect(paths("pids", groups, mounts) == [])
        #expect(paths("memory", "4:memory:/a:b/c\n", mounts).first == "/sys/fs/cgroup/memory/a:b/c")
    }

    @Test func aContainerSeesItsOwnGroupAsTheRootOfTheMount() {
        let mounts = "35 31 0:32 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        #expect(paths("memory", "4:memory:/docker/1\n", mounts) == ["/sys/fs/cgroup/memory"])
        #expect(paths("memory", "4:memory:/elsewhere\n", mounts) == ["/sys/fs/cgroup/memory"])
    }

    @Test func aTableThatIsCutOffOrLeadsElsewhereNamesNothing() {
        let mount = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
        #expect(paths("memory", "4:memory:/a\n", mount).count == 2)
        #expect(paths("memory", "4:memory:/a\n", String(mount.dropLast(10))) == [])
        #expect(paths("memory", "4:memory\n", mount) == [] && paths("memory", "", mount) == [])
        #expect(paths("memory", "4:memory:/a\n", "35 - cgroup cgroup rw,memory") == [])
        #expect(paths("memory", "4:memory:/a/../b\n", mount) == ["/sys/fs/cgroup/memory"])
        #expect(paths("memory", "4:memory:/a\n", mount.replacing("- cgroup ", with: "- tmpfs ")) == [])
        #expect(paths("memory", "4:memory:/a\n", "36 31 0:32 / /a-b rw - ext4 - rw\n" + mount).count == 2)
    }

    @Test func fieldsOfTheKernelsTablesAreFoundByTheirWholeName() {
        let table = "MemTotal:       16 kB\nMem: 1\ninactive_file 77\nSwapTotal: 0 kB\n"
        #expect(Machine.field("MemTotal", in: table) == 16)
        #expect(Machine.field("inactive_file", in: table) == 77)
        #expect(Machine.field("MemT", in: table) == nil)
        #expect(Machine.field("Lone", in: "Lone\nLone:\nLone 5") == 5 && Machine.field("Lone", in: "Lone") == nil)
    }

    @Test func thisMachineHasCoresAndMemory() {
        #expect((1...4096).contains(Machine.availableCores()))
        #expect(Machine.availableMemory() > 1 << 20)
        #expect(Machine.availableMemory() <= Machine.totalMemory())
        #expect(Machine.totalMemory() < 1 << 50)
    }

    private func paths(_ controller: String, _ groups: String, _ mounts: String) -> [String] {
        ControlGroup.directories(for: controller, groups: groups, mounts: mounts).map(\.path)
    }

    @Test(arguments: [
        ("3000 700 200 1 0 40 0\n", 500), ("3000 700 700 1", 0), ("3000 700 701 1", nil), ("3000 700", nil), ("", nil),
        ("a b c", nil),
    ])
    func whatAProcessHasAloneIsWhatIsInMemoryAndNotShared(statm: String, pages: Int?) {
        #expect(ResourceCensus.ownBytes(in: statm) == pages.map { $0 * Int(getpagesize()) })
    }

    @Test func memoryThatIsTouchedIsOnesOwn() throws {
        let before = try #require(ResourceCensus.ownBytes(of: getpid()))
        let bytes = [UInt8](repeating: 1, count: 64 << 20)
        let after = try #require(ResourceCensus.ownBytes(of: getpid()))
        #expect((56 << 20...96 << 20).contains(after - before) && bytes.last == 1)
        #expect(ResourceCensus.ownBytes(of: .max) == nil)
    }
}
