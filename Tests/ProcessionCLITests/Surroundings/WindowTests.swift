import Glibc
import ProcessionSystem
import Testing

extension CommandLineTests {
    /// Behind a slow record a run holds its window and no more, however long the input is.
    @Suite struct WindowBounds {
        struct Case: Sendable, CustomTestStringConvertible {
            let name: String
            let arguments: [String]
            /// Makes the first record slow where no filter does.
            var faults = ""
            /// Reads the output in the shell, and succeeds if it is right; `$1` is the input.
            var check = "cmp - \"$1\""
            var status: Int32 = 0
            /// Its input is shorter by this factor.
            var share = 1
            var testDescription: String { name }
        }

        private static let slow = "$0 == \"first\" { system(\"sleep 3\") }"
        private static let delay = "worker:0 claimed 1 delay:3000"

        static let cases: [Case] = {
            var cases = [
                Case(name: "a filter that is slow", arguments: ["-x", "awk '\(slow) { print }'"]),
                Case(
                    name: "answers ten times as long as their records",
                    arguments: ["-x", "awk 'BEGIN { x = sprintf(\"%900s\", \"\") } \(slow) { print $1 x }'"],
                    check: "test $(wc -l) = $(wc -l <\"$1\")", share: 5),
            ]
            #if DEBUG
                cases += [
                    Case(name: "a function that is slow", arguments: ["-c", "v=identity"], faults: delay),
                    Case(
                        name: "small chunks", arguments: ["-c", "v=identity", "--chunk-size", "50"],
                        faults: delay),
                    Case(
                        name: "records that fail", arguments: ["--on-error", "skip", "-c", "v=double"], faults: delay,
                        check: "test $(wc -c) = 0", status: 1, share: 2),
                ]
            #endif
            return cases
        }()

        /// In bytes: window and what may be held beside it, and how long the inputs are.
        private static let window = 16 << 20
        private static let allowance = 32 << 20
        static let sizes: [Int] = {
            let words = (try? File.contents(of: "/proc/self/environ"))?.split(separator: 0)
                .first { $0.starts(with: "PROCESSION_MEGABYTES=".utf8) }
            let list = words.map { String(decoding: $0, as: UTF8.self).split(separator: "=")[1] } ?? "45"
            return list.split(separator: ",").compactMap { Int($0) }.map { $0 * 1_000_000 }
        }()

        @Test(arguments: cases, ["file", "pipe"])
        func hold(_ one: Case, _ source: String) throws {
            let directory = try TemporaryDirectory()
            for size in Self.sizes {
                let made = try script(
                    """
                    awk -v size=\(size / one.share) 'BEGIN {
                        x = sprintf("%180s", ""); print "first"
                        for (i = 1; n < size; i++) { line = i " " substr(x, 1, i * 7919 % 180); print line; n += length(line) + 1 }
                    }' >"$1"
                    """, [directory.path + "/input"])
                #expect(made.status == 0, "\(made.errors)")
                let (result, peak) = try peak(of: one, source, directory.path + "/input")
                #expect(result.status == one.status, "\(result.errors)")
                #expect(
                    peak <= Self.window + Self.allowance,
                    "\(size / 1_000_000) MB: \(peak >> 20) MiB in memory, \(Self.window >> 20) MiB window")
            }
        }

        /// Runs to the end, and says how many bytes its processes had in memory at the most, what they share counted
        /// once.
        private func peak(of one: Case, _ source: String, _ input: String) throws -> (CommandResult, bytes: Int) {
            let (feed, file) = source == "pipe" ? ("cat \"$1\" | ", "") : ("", "\"$1\"")
            let run = try RunningCommand(
                script: "\(feed)procession map -j 2 --window \(Self.window) \"${@:2}\" \(file) | { \(one.check); }; "
                    + "a=(${PIPESTATUS[@]}); [ ${a[-1]} = 0 ] && exit ${a[-2]}; exit 99",
                [input] + one.arguments, environment: one.faults.isEmpty ? [] : ["PROCESSION_FAULTS=\(one.faults)"],
                limit: .seconds(300))
            var most = 0
            while run.ending == nil {
                most = max(most, memory(of: try ownProcesses(below: run.pid)))
                try run.wait(upTo: .now + .milliseconds(20))
            }
            return (try run.finish(), most)
        }

        private func ownProcesses(below pid: Int32) throws -> [Int32] {
            try children(of: pid).flatMap { child in
                let name = (try? File.contents(of: "/proc/\(child)/comm")) ?? []
                // Before its own name a worker has that of the file it is started from.
                let isOwn = name.starts(with: "procession".utf8) || name.starts(with: "exe".utf8)
                return try (isOwn ? [child] : []) + ownProcesses(below: child)
            }
        }

        /// The bytes that these processes hold, what several share counted once; without the pages of their code, which
        /// the kernel can take back, and of which four keepers linked dynamically have as much as a small window. A
        /// process just made, which still runs in its maker's memory, is no second one: the first line of both, the
        /// range of addresses, is the same.
        private func memory(of processes: [Int32]) -> Int {
            let counted = ["Pss_Anon:", "Pss_Shmem:"]
            var kilobytes: [Substring: Int] = [:]
            for pid in processes {
                let map = (try? File.contents(of: "/proc/\(pid)/smaps_rollup")) ?? []
                let lines = String(decoding: map, as: UTF8.self).split(separator: "\n")
                guard let range = lines.first else { continue }
                kilobytes[range] = lines.filter { line in counted.contains { line.hasPrefix($0) } }
                    .reduce(0) { $0 + (Int($1.filter(\.isNumber)) ?? 0) }
            }
            return kilobytes.values.reduce(0, +) << 10
        }
    }
}
