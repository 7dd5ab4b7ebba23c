import Glibc
import Procession

// B8: results of 0 to 64 KiB, log-normal, streamed through a window and copied out of it one by one.

/// A size in the low half, a byte in the high half.
struct Blob: ValueFunction {
    func callAsFunction(_ order: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: order >> 32), count: order & 0xffff_ffff)
    }
}

func bytes(_ settings: Settings) throws -> [Side] {
    let pool = try WorkerPool(workers: settings.workers)
    let orders = blobOrders(total: settings["mib", default: 2048] << 20, seed: settings["seed", default: 1])
    let total = orders.reduce(0) { $0 + $1 & 0xffff_ffff }
    var seen = 0
    var wrong = 0
    let from = touched(64 << 20) { UInt8(truncatingIfNeeded: $0) }
    let to = touched(64 << 20) { _ in UInt8(0) }
    return [
        Side(name: "Procession") {
            var index = 0
            for result in pool.stream(orders, Blob()) {
                let blob = try result.get()
                if blob.count != orders[index] & 0xffff_ffff
                    || blob.last.map({ Int($0) != orders[index] >> 32 }) == true
                {
                    wrong += 1
                }
                seen += blob.count
                index += 1
            }
        } isRight: {
            defer { (seen, wrong) = (0, 0) }
            return seen == total && wrong == 0
        },
        // The limit: the same bytes copied once, a blob at a time.
        Side(name: "memcpy") {
            var offset = 0
            for order in orders {
                let count = order & 0xffff_ffff
                if offset + count > from.count { offset = 0 }
                UnsafeMutableRawBufferPointer(to).baseAddress!.advanced(by: offset)
                    .copyMemory(from: UnsafeRawPointer(from.baseAddress!) + offset, byteCount: count)
                offset += count
            }
        } isRight: {
            to[0] == from[0]
        },
    ]
}

/// Sizes with a median of 4 KiB, none above 64 KiB, until they make `total` bytes.
private func blobOrders(total: Int, seed: Int) -> [Int] {
    var generator = SplitMix(state: UInt64(seed))
    var orders: [Int] = []
    var sum = 0
    while sum < total {
        // The sum of twelve uniform numbers is as good as normal; e to it, log-normal.
        let normal = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
        let size = min(64 << 10, Int(4096 * exp2(1.5 * normal)))
        orders.append(size | Int.random(in: 0..<256, using: &generator) << 32)
        sum += size
    }
    return orders
}

/// Numbers from a seed that is printed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
