// MutatedRuns COUNT [SEED]: maps, streams and runs of the command line, all while their result segment is scribbled
// over, until COUNT words of it have been; then ten times as many loads of values whose lengths change meanwhile. The
// process must outlive that, and every run must end.
//
// HostileTests starts it for some thousand mutations, Tests/Long/hostile for a million under AddressSanitizer.
import Glibc
import Procession
import ProcessionSystem

let arguments = CommandLine.arguments
let wanted = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 10_000
let seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 0 : RandomSeed.random64()
print("MutatedRuns \(wanted) \(seed)")
WorkerIdentity.flushStandardOutputByLine()

var tally = Tally()
try mutateLibrary(wanted * 3 / 4, seed: seed, &tally)
try mutateCommand(wanted / 4, seed: seed, &tally)
try toggleLengths(loads: wanted * 10)
print("ok, \(tally)")
