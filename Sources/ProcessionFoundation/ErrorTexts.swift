import FoundationEssentials
import Procession

/// The text of a `LocalizedError` is what it says of itself. The entry of a worker calls this, where it is there to be
/// called: the library itself does without Foundation, and cannot ask.
@_cdecl("procession_meet_foundation")
func meetFoundation() {
    ThrownError.describe { ($0 as? any LocalizedError)?.errorDescription }
}
