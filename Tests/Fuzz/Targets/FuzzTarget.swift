import ProcessionRecords

/// What arbitrary bytes are thrown at. Every target traps when something is wrong, and returns when nothing is.
///
/// libFuzzer drives them in Tests/Long/fuzz; FuzzTests replays what it has found, and a little chance, on every commit.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case attach, lines, csv, tsv, ndjson, json

    package func run(_ bytes: [UInt8]) {
        switch self {
        case .attach: fuzzAttach(bytes)
        case .lines: fuzzRecords(.lines, bytes)
        case .csv: fuzzRecords(.csv, bytes)
        case .tsv: fuzzRecords(.tsv, bytes)
        case .ndjson: fuzzRecords(.ndjson, bytes)
        case .json: fuzzRecords(.json, bytes)
        }
    }
}
