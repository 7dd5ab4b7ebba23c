import Testing

extension CommandLineTests {
    /// File systems that are not there, or not as usual.
    @Suite(.enabled(if: Environment.canMount, "needs root, for mounts of its own")) struct Mounts {
        @Test(arguments: [
            "mount -t tmpfs -o size=64k none /dev/shm", "mount -t tmpfs -o ro none /dev/shm",
            "mount -t tmpfs none /dev; test ! -e /dev/shm && mknod -m 666 /dev/null c 1 3",
            "mount -t tmpfs -o size=64k none /tmp", "mount -t tmpfs -o ro none /tmp",
        ])
        func sharedMemoryAndTemporaryFilesNeedNoRoomOnDisk(_ setUp: String) throws {
            let input = records(50_000)
            for mode in [["-c", "v=identity"], ["-x", "cat"]] {
                let run = try script(
                    "exec unshare -m sh -c '\(setUp) && exec procession map -j 2 \"$@\"' sh \"$@\"", mode, input: input)
                #expect(run.status == 0, "\(run.errors)")
                expectSame(run.output, input)
            }
        }

        @Test func withoutProcTheMessageNamesIt() throws {
            let run = try script(
                "exec unshare -m sh -c 'umount -l /proc && exec procession map -c v=upper'", input: records(5))
            #expect(run.status == 4)
            expectSame(run.output, [])
            #expect(run.errors.contains("mount /proc"), "\(run.errors)")
        }
    }
}
