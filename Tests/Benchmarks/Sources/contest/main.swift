// The contestants that are written in Swift: `contest CASE [NAME=NUMBER…]` prepares a case and then runs one round of a
// side for every line it reads. Workers are copies of this program; they never come here.

import Glibc

let cases: [String: (Settings) throws -> [Side]] = [
    "stride": stride, "dictionary": dictionary, "roundtrip": roundTrip, "start": start, "spin": spin, "skew": skew,
    "bytes": bytes, "window": window, "head": head, "kills": kills, "growth": growth, "once": once,
]

let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first, let prepare = cases[name] else {
    print("usage: contest \(cases.keys.sorted().joined(separator: "|")) [NAME=NUMBER…]")
    exit(2)
}
try serve(prepare(Settings(arguments.dropFirst())))
