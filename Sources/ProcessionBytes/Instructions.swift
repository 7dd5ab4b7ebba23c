import CProcessionBytes

/// Which instructions look at bytes. What they find does not depend on it.
package struct Instructions: Hashable, Sendable {
    /// As the C functions count them; negative for a byte after the other, which is what all others are held to.
    let width: Int32

    package static let bytewise = Instructions(width: -1)
    /// The widest that this machine has.
    package static let widest = Instructions(width: procession_widest_instructions())
    /// All that this machine has.
    package static let all = (bytewise.width...widest.width).map(Instructions.init)
}
