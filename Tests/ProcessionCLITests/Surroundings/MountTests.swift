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
            // By a descriptor, because the program may lie below what is mounted over.
            let setUp = "exec 9<$(command -v procession) && \(setUp) && exec /proc/self/fd/9"
            for mode in [["-c", "v=identity"], ["-x", "cat"]] {
                let run = try script(
                    "exec unshare -m sh -c '\(setUp) map -j 2 \"$@\"' sh \"$@\"", mode, input: input)
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

        @Test func withoutNullTheMessageNamesIt() throws {
            let run = try script(
                "exec unshare -m sh -c 'mount -t tmpfs none /dev && exec procession map -c v=upper'", input: records(5))
            #expect(run.status == 4)
            expectSame(run.output, [])
            #expect(
                run.errors.contains("workers get /dev/null for their standard input, and there is none"),
                "\(run.errors)")
        }
    }
}
