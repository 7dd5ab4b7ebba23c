#if FAULT_INJECTION
    import CProcessionShims
    import Glibc
    import Synchronization

    /// How often every point was reached, by the parent, by every worker, and by all workers together.
    ///
    /// All processes of a run count in the same memory. It is a file where a test wants to read the counts afterwards:
    /// for every point 32 bytes of name and 64 counts, of the parent, of all workers, of workers 0 to 60, and of faults
    /// that struck here.
    @safe
    package struct FaultCounts: @unchecked Sendable {
        private let base: UnsafeMutableRawPointer

        private static let nameBytes = 32
        private static let rows = 64
        private static let stride = nameBytes + rows * 8
        private static var byteCount: Int { FaultPoint.names.count * stride }

        /// The counts that `path` leads to, a file that is made if it is missing; those of this process alone without
        /// one.
        ///
        /// No call here goes through the layer, which would come back to here.
        init?(path: String?) {
            var descriptor: Int32 = -1
            if let path {
                // Safe: the path lives during the call.
                descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
                guard descriptor >= 0, ftruncate(descriptor, Self.byteCount) == 0 else { return nil }
            }
            defer { if descriptor >= 0 { close(descriptor) } }
            // Safe: a new mapping as large as the file; never unmapped.
            unsafe base = mmap(
                nil, Self.byteCount, PROT_READ | PROT_WRITE, descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED,
                descriptor, 0)
            guard unsafe base != MAP_FAILED else { return nil }
            for (point, name) in FaultPoint.names.enumerated() where path != nil {
                for (index, byte) in name.utf8.prefix(Self.nameBytes - 1).enumerated() {
                    unsafe base.storeBytes(of: byte, toByteOffset: point * Self.stride + index, as: UInt8.self)
                }
            }
        }

        /// Counts a visit: which one of this process's it is, and of all workers'.
        func add(point: Int, worker: Int?) -> (own: Int, allWorkers: Int) {
            guard let worker else { return (increment(point, 0), 0) }
            return (increment(point, 2 + min(worker, Self.rows - 4)), increment(point, 1))
        }

        /// Counts a fault.
        func addStrike(point: Int) { _ = increment(point, Self.rows - 1) }

        /// What a file holds: by the name of the point, all its counts in the order above.
        package static func table(of file: [UInt8]) -> [String: [Int]] {
            var table: [String: [Int]] = [:]
            for start in Swift.stride(from: 0, to: file.count - file.count % stride, by: stride) {
                let name = file[start..<start + nameBytes].prefix { $0 != 0 }
                table[String(decoding: name, as: UTF8.self)] = (0..<rows).map { row in
                    (0..<8).reduce(0) { $0 | Int(file[start + nameBytes + row * 8 + $1]) << ($1 * 8) }
                }
            }
            return table
        }

        /// Visits of this process to a point.
        func count(point: Int) -> Int { unsafe cell(point, 0).pointee.load(ordering: .relaxed) }

        /// Forgets the visits of this process, which is no worker.
        func reset() {
            for point in FaultPoint.names.indices { unsafe cell(point, 0).pointee.store(0, ordering: .relaxed) }
        }

        private func increment(_ point: Int, _ row: Int) -> Int {
            unsafe cell(point, row).pointee.wrappingAdd(1, ordering: .relaxed).newValue
        }

        /// Safe: inside the mapping, aligned, and all zeros is a count. Nothing but atomics touches it.
        @unsafe private func cell(_ point: Int, _ row: Int) -> UnsafeMutablePointer<Atomic<Int>> {
            unsafe (base + point * Self.stride + Self.nameBytes + row * 8).assumingMemoryBound(to: Atomic<Int>.self)
        }
    }
#endif
