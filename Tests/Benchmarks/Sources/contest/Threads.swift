import Dispatch
import Procession

/// The bar: the same function on threads, in chunks that are pulled, results stored where they stay.
@inline(__always)
func onThreads<Function: ValueFunction & Sendable>(
    _ input: UnsafeMutableBufferPointer<Function.Value>, _ output: UnsafeMutableBufferPointer<Function.Output>,
    chunk: Int = 4096, _ function: Function
) {
    // Chunks do not overlap, and the call returns when all are done.
    nonisolated(unsafe) let (input, output) = (input, output)
    inChunks(input.count, of: chunk) { for i in $0 { output[i] = try! function(input[i]) } }
}

/// The same on one thread.
@inline(__always)
func serially<Function: ValueFunction>(
    _ input: UnsafeMutableBufferPointer<Function.Value>, _ output: UnsafeMutableBufferPointer<Function.Output>,
    _ function: Function
) {
    for i in input.indices { output[i] = try! function(input[i]) }
}

/// Ranges of indices, pulled by as many threads as there are cores.
func inChunks(_ count: Int, of chunk: Int = 4096, _ body: @Sendable (Range<Int>) -> Void) {
    DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { number in
        body(number * chunk..<min(count, (number + 1) * chunk))
    }
}

/// Memory whose pages have been touched.
func touched<Value>(_ count: Int, _ make: (Int) -> Value) -> UnsafeMutableBufferPointer<Value> {
    let memory = UnsafeMutableBufferPointer<Value>.allocate(capacity: count)
    for i in 0..<count { memory.initializeElement(at: i, to: make(i)) }
    return memory
}
