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
        func map(near address: Int) throws(SystemError) -> Int {
            // Safe: without MAP_FIXED, a new mapping cannot disturb an old one. MAP_FAILED is -1.
            try system(.mmap) {
                let near = unsafe UnsafeMutableRawPointer(bitPattern: address)
                return unsafe Int(
                    bitPattern: mmap(near, bytes, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0))
            }
        }
        var address = try map(near: 0)
        // A huge page of the file can be one of the mapping only where both begin together. Free addresses lie below,
        // but another thread may take them first, or another mapping lies there: then once more, and further below.
        for attempt in 0..<8 where bytes >= Self.hugePage && address % Self.hugePage != 0 {
            // Safe: nobody knows of this mapping yet.
            givingBack(.munmap) { unsafe munmap(UnsafeMutableRawPointer(bitPattern: address), bytes) }
            address = try map(near: Self.begin(below: address, attempt))
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
        do {
            try advise(
                Self.pages(of: range, bytes: Machine.pageSize), writable ? Self.populateWrite : Self.populateRead)
        } catch  where error.code == EINVAL {}
    }

    /// A range from the beginning of the page, of so many bytes, in which it begins: what the kernel insists on.
    package static func pages(of range: Range<Int>, bytes: Int) -> Range<Int> {
        range.lowerBound & ~(bytes - 1)..<range.upperBound
    }

    /// Makes huge pages of `range`, which consists of such and was not touched before: one page fault instead of 512,
    /// in every process that maps the file where huge pages can be, and fewer misses of the processor's address cache.
    ///
    /// Zeroing such a page takes 0.1 ms where faults take up to 1.3, and ten and more where the kernel must first make
    /// room for it. It throws where the kernel has none to give, or is older than 6.1 (EINVAL), and nothing is lost
    /// then. See madvise(2), MADV_COLLAPSE: no setting of the system keeps it from that.
    package borrowing func makeHuge(_ range: Range<Int>) throws(SystemError) {
        // Only where there is something can it be gathered.
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.hugePage) {
            try populate(start..<start + 1)
        }
        try advise(range, Self.collapse)
    }

    /// Where a mapping may begin that has come to lie at an address: right below, and eight times as far below with each
    /// further attempt, which leads past whatever lies there.
    static func begin(below address: Int, _ attempt: Int) -> Int {
        let distance = attempt == 0 ? 0 : hugePage << (3 * attempt)
        return max(0, address - distance) & ~(hugePage - 1)
    }

    /// The size of a huge page where pages have 4 KiB. Where they have 16 or 64, huge ones have 32 or 512 MiB, more
    /// than is worth taking at once.
    package static let hugePage = 2 << 20
    package static let hasHugePages = Machine.pageSize == 4096

    /// MADV_POPULATE_READ, MADV_POPULATE_WRITE and MADV_COLLAPSE, which glibc names from 2.35 and 2.37 on; system.c
    /// asserts them where it does.
    private static let populateRead: Int32 = 22
    private static let populateWrite: Int32 = 23
    private static let collapse: Int32 = 25

    private borrowing func advise(_ range: Range<Int>, _ advice: Int32) throws(SystemError) {
        // Safe: the range lies inside the mapping, and none of the advice used here changes what its bytes hold.
        _ = try system(.madvise) { unsafe madvise(base + range.lowerBound, range.count, advice) }
    }
}
