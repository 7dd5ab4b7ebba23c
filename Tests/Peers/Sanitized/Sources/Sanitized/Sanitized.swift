import Foundation
import Procession

struct Square: ValueFunction {
    func callAsFunction(_ value: Int) -> Int { value * value }
}

/// Uses a pool from tasks and threads in every way; with an argument, it has a race of its own beside that.
@main
struct Sanitized {
    static func main() async throws {
        let pool = try WorkerPool(workers: 2)
        let threads = [
            Task.detached { await inThread { for _ in 0..<50 { _ = try? pool.map([1, 2, 3], Square()) } } },
            Task.detached { await inThread { for result in pool.stream(0..<5000, Square()) { _ = result } } },
        ]
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { for _ in 0..<50 { _ = try? await pool.call(Square(), number) } }
            }
            for _ in 0..<4 {
                group.addTask { for _ in 0..<10 { _ = try? await pool.map(Array(0..<1000), Square()) } }
            }
            for _ in 0..<2 {
                group.addTask { do { for try await _ in pool.stream(numbers(5000), Square()) {} } catch {} }
            }
        }
        for thread in threads { await thread.value }
        if CommandLine.arguments.count > 1 {
            let first = Task.detached { await inThread { for _ in 0..<1000 { unsafe counter += 1 } } }
            let second = Task.detached { await inThread { for _ in 0..<1000 { unsafe counter += 1 } } }
            await first.value
            await second.value
        }
        print("done")
    }
}

nonisolated(unsafe) var counter = 0

func numbers(_ count: Int) -> AsyncStream<Int> {
    AsyncStream { continuation in
        for number in 0..<count { continuation.yield(number) }
        continuation.finish()
    }
}

/// Runs `body` in a thread of its own, as a program does that knows no tasks.
func inThread(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        Thread {
            body()
            continuation.resume()
        }.start()
    }
}
