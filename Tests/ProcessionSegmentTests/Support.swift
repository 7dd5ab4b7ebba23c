import Glibc
import ProcessionSystem

/// Waits until a bell rings; false when it has not within the time after which a test gives up.
func rings(_ bell: borrowing EventCounter, within limit: Duration = .seconds(30)) -> Bool {
    var items = [PollItem(descriptor: bell.descriptor.number, wants: .read)]
    _ = try? poll(&items, timeout: limit)
    guard items[0].ready != [] else { return false }
    bell.drain()
    return true
}

/// Lets another thread run.
func yield() { sched_yield() }
