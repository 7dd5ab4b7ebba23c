import Glibc

/// The owner of one shared mapping of a file (`mmap`), which it unmaps at the end of its life.
@safe package struct Mapping: ~Copyable, @unchecked Sendable {
    /// The first byte. Never dereference it, or anything computed from it, outside `byteCount` or after the end of the
    /// mapping; and remember that other processes write here at any moment.
    @unsafe package let base: UnsafeMutableRawPointer
    package let byteCount: Int
    private let writable: Bool

    /// Maps the first `bytes` bytes of an open file, which are not reserved: a page costs memory when it is touched.
    ///
    /// The file must be that large and stay so, for a touch behind its end is SIGBUS; seal it first.
    package init(_ descriptor: Int32, bytes: Int, writable: Bool) throws(SystemError) {
        let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
        // Safe: at an address of the kernel's choice, a new mapping cannot disturb an old one. MAP_FAILED is -1.
        let address = try system(.mmap) {
            unsafe Int(bitPattern: mmap(nil, bytes, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0))
        }
        // A successful mmap without MAP_FIXED never returns address zero.
        unsafe self.base = UnsafeMutableRawPointer(bitPattern: address)!
        self.byteCount = bytes
        self.writable = writable
        // A core dump need not hold gigabytes of records. Where the kernel refuses, the dump is larger, that is all.
        _ = try? advise(0..<bytes, MADV_DONTDUMP)
    }

    deinit {
        // Safe: the range is ours, and whoever kept a pointer into it broke the promise made at `base`.
        givingBack(.munmap) { unsafe munmap(base, byteCount) }
    }

    /// Touches the pages of `range` now, in one call, instead of one page fault each later.
    ///
    /// ENOMEM and EFAULT mean that there is no memory for them. Kernels before 5.14 know no such advice (EINVAL), and
    /// fault the pages in one by one as they always did.
    package borrowing func populate(_ range: Range<Int>) throws(SystemError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "only what is mapped can be populated")
        guard !range.isEmpty else { return }
        let first = range.lowerBound & ~(Machine.pageSize - 1)
        do {
            try advise(first..<range.upperBound, writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ)
        } catch  where error.code == EINVAL {}
    }

    private borrowing func advise(_ range: Range<Int>, _ advice: Int32) throws(SystemError) {
        // Safe: the range lies inside the mapping, and none of the advice used here changes what its bytes hold.
        _ = try system(.madvise) { unsafe madvise(base + range.lowerBound, range.count, advice) }
    }
}
