import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Files that a thread reads, a block ahead of the supervisor.
    @Suite struct LargeFiles {
        /// 4.5 MiB in lines of all lengths, among them some that are longer than a block of a small window.
        private static let input: [UInt8] = {
            var bytes: [UInt8] = []
            var number = 0
            while bytes.count < 9 << 19 {
                let most = number % 50 == 7 ? 300_000 : 9_000
                bytes += "\(number) ".utf8
                bytes += repeatElement(UInt8(97 + number % 26), count: number * 7919 % most)
                bytes.append(10)
                number += 1
            }
            return bytes
        }()

        @Test(arguments: ["1M", "8M", "64M"])
        func comeOutAsTheyWentIn(window: String) throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("input", Self.input)
            for way in [["-c", "v=identity"], ["-x", "cat"]] {
                let run = try script("exec procession \"$@\"", ["map", "--window", window] + way + [file])
                #expect(run.status == 0, "\(run.errors)")
                expectSame(run.output, Self.input)
            }
        }

        @Test func areReadFromWhereStandardInputStands() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.file("input", "to be passed over\n" + String(decoding: Self.input, as: UTF8.self))
            let run = try script("{ read -r; exec procession map -c v=identity; } <\"$1\"", [file])
            #expect(run.status == 0, "\(run.errors)")
            expectSame(run.output, Self.input)
        }

        #if DEBUG
            @Test func aCallThatFailsWhileTheThreadReadsIsTold() throws {
                let directory = try TemporaryDirectory()
                let file = try directory.file("input", Self.input)
                let job = FaultJob(
                    arguments: ["map", "-j", "2", "-c", "v=identity", file], input: [], expected: Self.input)
                var campaign = FaultCampaign()
                let failures = (1...14).map { "parent read \($0) fail:EIO" } + ["parent read 4+ fail:EIO"]
                campaign.run(job, failures, judge: job.explained)
                // Without a thread the supervisor reads, and bytes may come as they like.
                let others = [
                    "parent pthreadCreate 1 fail:EAGAIN", "parent eventfd 2 fail:EMFILE", "parent read 1+ short:9999",
                ]
                campaign.run(job, others, judge: job.unharmed)
                campaign.conclude("a large file")
            }
        #endif
    }
}
