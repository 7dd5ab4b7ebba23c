import CProcessionShims

/// A place's line, copied out of memory that a worker can write. Nothing in it has been checked.
package struct PlaceReport: Hashable, Sendable {
    /// That which the place was last opened under: the parent's own knowledge.
    package let generation: Int
    package let owner: UInt64
    package let hasLeft: Bool
    package let done, overflowUsed, failure, wanted, nanoseconds: UInt64

    package init(
        generation: Int, owner: UInt64, hasLeft: Bool = false, done: UInt64 = 0, overflowUsed: UInt64 = 0,
        failure: UInt64 = 0, wanted: UInt64 = 0, nanoseconds: UInt64 = 0
    ) {
        self.generation = generation
        self.owner = owner
        self.hasLeft = hasLeft
        self.done = done
        self.overflowUsed = overflowUsed
        self.failure = failure
        self.wanted = wanted
        self.nanoseconds = nanoseconds
    }

    /// Whether nobody has claimed the place.
    package var isOpen: Bool { owner == procession_owner(UInt64(generation), UInt64(PROCESSION_OPEN)) }

    /// The worker that claims to own the place under this generation, or nil.
    package var claimer: Int? {
        let state = owner & 0xffff
        guard owner >> 16 == UInt64(generation), state >= 2 else { return nil }
        return Int(state) - 2
    }
}
