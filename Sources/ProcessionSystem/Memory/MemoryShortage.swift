/// Tells whether the kernel has killed for want of memory: the hint that belongs to a SIGKILL which nobody here has
/// sent.
package struct MemoryShortage: Sendable {
    private var kills = Machine.outOfMemoryKills()

    package init() {}

    /// Whether the kernel has killed somebody since the last time this was asked, or since the making.
    package mutating func hasKilled() -> Bool {
        let before = kills
        kills = Machine.outOfMemoryKills()
        return kills > before
    }

    /// What to add to "killed by SIGKILL".
    package static let hint = ", and the kernel has killed for want of memory meanwhile"
}
