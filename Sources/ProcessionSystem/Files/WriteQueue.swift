import Glibc

/// Bytes on their way to a descriptor, of which a call takes as many as it will.
///
/// It does not keep the bytes alive: its maker does, for as long as it writes.
@safe struct WriteQueue {
    private var vectors: [iovec]
    private var next = 0
    /// Bytes that are not written yet.
    private(set) var remaining = 0

    /// The kernel takes so many vectors at once, and refuses more (`UIO_MAXIOV`).
    private static let mostVectors = 1024

    init(_ buffers: [UnsafeRawBufferPointer]) {
        // Safe: the kernel only reads.
        unsafe vectors = buffers.compactMap { buffer in
            guard unsafe !buffer.isEmpty else { return nil }
            return unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), iov_len: buffer.count)
        }
        remaining = unsafe buffers.reduce(0) { $0 + $1.count }
    }

    var isEmpty: Bool { remaining == 0 }

    /// Makes one call, for at most `limit` bytes. False when the descriptor does not block and takes nothing now.
    mutating func write(to descriptor: Int32, limit: Int? = nil) throws(SystemError) -> Bool {
        guard !isEmpty else { return true }
        do {
            let first = next
            // A vector is cut by its own call, because there is no place to say so in the vector itself.
            let count = limit == nil ? min(unsafe vectors.count - first, Self.mostVectors) : 1
            let written = try unsafe vectors.withUnsafeBufferPointer { vectors throws(SystemError) in
                // Safe: `first` and the `count` from there are inside; the bytes are the maker's.
                if count == 1 {
                    let vector = unsafe vectors[first]
                    let length = min(unsafe vector.iov_len, limit ?? .max)
                    return try system(.write, moving: length) { unsafe Glibc.write(descriptor, vector.iov_base, $0) }
                }
                return try system(.writev, moving: .max) { limit in
                    unsafe writev(descriptor, vectors.baseAddress! + first, Int32(count), limit: limit)
                }
            }
            advance(by: written)
            return true
        } catch  where error.code == EAGAIN {
            return false
        }
    }

    /// Skips what is written, and cuts the vector in which the kernel stopped.
    private mutating func advance(by written: Int) {
        var written = written
        remaining -= written
        while written > 0 {
            let length = unsafe vectors[next].iov_len
            guard written < length else {
                written -= length
                next += 1
                continue
            }
            // Safe: behind what is written and inside the vector, as just compared.
            unsafe vectors[next].iov_base += written
            unsafe vectors[next].iov_len -= written
            return
        }
    }
}

/// `writev`. Only a test of short counts asks for a limit.
private func writev(
    _ descriptor: Int32, _ vectors: UnsafePointer<iovec>, _ count: Int32, limit: Int
) -> Int {
    guard limit < .max else { return unsafe Glibc.writev(descriptor, vectors, count) }
    var room = limit
    let cut = unsafe (0..<Int(count)).map { index in
        // Safe: the caller's vectors, and each is only made shorter.
        var vector = unsafe vectors[index]
        unsafe vector.iov_len = min(vector.iov_len, room)
        unsafe room -= vector.iov_len
        return unsafe vector
    }
    return unsafe Glibc.writev(descriptor, cut, count)
}
