/// Where in memory a text lies, which tells it from others that are there at the same time. Nothing is read by it.
package struct TextPlace: Equatable {
    private let address: UInt
    private let count: Int

    package init(of bytes: Span<UInt8>) {
        count = bytes.count
        // Safe: an address is taken, and nothing is done with it but to compare it.
        address = unsafe bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
}
