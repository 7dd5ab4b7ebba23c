import ProcessionRecords

/// Why shards cannot be run or put together, and the way out.
enum ShardRefusal: Error, Equatable, CustomStringConvertible {
    case planIsMissing(String)
    case planIsDamaged(String)
    case planIsOfOtherFormat(String, Int)
    case planDiffers(String, String)
    case indexIsMissing(String, reason: String)
    case indexIsDamaged(String)
    case indexIsOld(String, String)
    case indexIsWrong
    case other(String)

    var description: String {
        switch self {
        case .planIsMissing(let path):
            "there is no \(shown(path: path)), so no shard was run there: run one with 'procession map --shard K/N -o DIR/'"
        case .planIsDamaged(let path):
            "\(shown(path: path)) is damaged, or was not written by procession; remove it and run the shards again"
        case .planIsOfOtherFormat(let path, let format):
            "\(shown(path: path)) has format \(format) of another version of procession, and this one knows format "
                + "\(ShardPlan.format); use that version, or another directory"
        case .planDiffers(let directory, let difference):
            "\(shown(path: directory)) is of another run: \(difference); name another directory, or remove this one"
        case .indexIsMissing(let input, let reason):
            "\(reason): run 'procession index \(input)' once, before the shards"
        case .indexIsDamaged(let path):
            "the index \(shown(path: path)) is damaged, or of another version; make it anew with 'procession index'"
        case .indexIsOld(let path, let reason):
            "the index \(shown(path: path)) is of another input: \(reason); make it anew with 'procession index', "
                + "and begin in another directory"
        case .indexIsWrong: "the index does not fit to the input; make it anew with 'procession index'"
        case .other(let sentence): sentence
        }
    }
}

extension ShardRefusal: EndingError {
    var exitCode: ExitCode { .usage }
    func sentence(of run: RunAccount) -> String { description }
}

/// Input that was written to while it was read.
struct InputChanged: EndingError, CustomStringConvertible {
    var exitCode: ExitCode { .malformedInput }
    var description: String { "the input was changed while it was read" }
}
