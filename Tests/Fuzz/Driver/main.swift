// libFuzzer over one target: the first argument names it, the others are libFuzzer's. Tests/Long/fuzz builds and runs
// it.
import FuzzTargets
import Glibc

/// libFuzzer's own loop, which `-sanitize=fuzzer` links in.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " · ")
guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
    fatalError("which target? \(names)")
}

/// Set once, before anything runs, and read by one thread.
nonisolated(unsafe) var chosen = target

/// The name is the one that libFuzzer's library insists on.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // Sound: libFuzzer keeps the bytes during the call.
    unsafe chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

// libFuzzer is told the arguments behind the target's name.
var arguments = unsafe CommandLine.unsafeArgv + 1
var count = CommandLine.argc - 1
exit(unsafe runFuzzer(&count, &arguments, fuzzOneInput))
