import Glibc
import ProcessionSystem
import Testing

/// What this machine lets a test do; where it does not, the test is skipped and says why.
enum Environment {
    /// Mounts of its own, which need root.
    static let canMount = succeeds("unshare -m true")
    /// A user of its own, whose processes can be counted.
    static let canBecomeAnother = succeeds("setpriv --reuid 54321 --clear-groups true")
    /// A control group that counts processes, version 1 or 2.
    static let countsProcesses = succeeds("\(groupOfItsOwn); leave")

    /// Puts the shell into a new control group whose `pids.max` is $max; `leave` undoes it. Fails where there is none.
    static let groupOfItsOwn = """
        for parent in /sys/fs/cgroup/pids /sys/fs/cgroup; do
            group=$parent/procession-test-$$
            mkdir $group 2>/dev/null && [ -w $group/pids.max ] && break
            rmdir $group 2>/dev/null; group=
        done
        leave() { echo $$ >$parent/cgroup.procs; sleep 0.1; rmdir $group; }
        [ "$group" ] || exit 1
        echo ${max:-1000} >$group/pids.max; echo $$ >$group/cgroup.procs
        """

    private static func succeeds(_ script: String) -> Bool {
        (try? shell("{ \(script); } >/dev/null 2>&1"))?.status == 0
    }
}

/// Runs a script in which `procession` means the one that was built, with all this on its standard input.
func script(_ script: String, _ arguments: [String] = [], input: [UInt8] = [], environment: [String] = []) throws
    -> CommandResult
{
    let run = try RunningCommand(script: script, arguments, environment: environment)
    try run.send(input)
    return try run.finish()
}

/// "record 1", "record 2" and so on, a line each.
func records(_ count: Int) -> [UInt8] { Array((1...count).map { "record \($0)\n" }.joined().utf8) }
