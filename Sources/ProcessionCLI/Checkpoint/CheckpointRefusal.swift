/// Why a run cannot use a checkpoint, and the way out. The checkpoint's name stands before it.
enum CheckpointRefusal: Error, Equatable, CustomStringConvertible {
    case isLink
    case isNoFile
    case isLocked
    case isNoCheckpoint
    case isDamaged(at: Int)
    case isOfOtherFormat(Int)
    case isOfOtherProgram(String, here: String)
    case isUnfinished(records: Int)
    case isOfOtherCommand(String)
    case isOfOtherInput(String)
    case isOfOtherOutput(String)

    private static let anew = "remove it to start from the beginning"

    var description: String {
        switch self {
        case .isLink: "it is a symbolic link; name the file that it leads to"
        case .isNoFile: "it is no regular file; name another"
        case .isLocked: "it is in use by another run; wait for its end, or give each run a checkpoint of its own"
        case .isNoCheckpoint: "it holds something else than a checkpoint; name another file"
        case .isDamaged(let offset): "it is damaged at byte \(offset) and cannot be trusted; \(Self.anew)"
        case .isOfOtherFormat(let format):
            "it has format \(format) of another version of procession, and this one knows format "
                + "\(CheckpointHeader.format); continue with that version, or \(Self.anew)"
        case .isOfOtherProgram(let version, let here):
            "it was written by procession \(version), and this is \(here); continue with that version, or \(Self.anew)"
        case .isUnfinished(let records):
            "it holds a run that was cut off after \(records) records; add --resume to continue, or \(Self.anew)"
        case .isOfOtherCommand(let difference): "it is of another command: \(difference); \(Self.anew)"
        case .isOfOtherInput(let difference): "the input has changed since the run began: \(difference); \(Self.anew)"
        case .isOfOtherOutput(let difference): "the output is not what the run has written: \(difference); \(Self.anew)"
        }
    }
}
