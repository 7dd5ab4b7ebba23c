import ProcessionSegment

/// How a text is written as a value of the output format.
struct TextStyle {
    let format: RecordFormat
    /// Whether the text comes from a format that can hold no more than this one, and so needs no look.
    private let isVerbatim: Bool

    init(plan: RecordPlan) {
        format = plan.output
        isVerbatim = plan.input == .lines && plan.output == .lines
    }

    func append(_ text: Span<UInt8>, to output: inout some ByteSink) throws(ValueFailure) {
        switch format {
        case .lines:
            if !isVerbatim { try refuse(UInt8(ascii: "\n"), "newline", in: text) }
            output.append(text)
        case .csv: appendCSV(text, to: &output)
        case .tsv:
            try refuse(UInt8(ascii: "\t"), "tab", in: text)
            try refuse(UInt8(ascii: "\n"), "newline", in: text)
            output.append(text)
        case .ndjson, .json: try appendJSONString(text, to: &output)
        }
    }

    private func refuse(_ byte: UInt8, _ name: String, in text: Span<UInt8>) throws(ValueFailure) {
        guard find(byte, in: text, from: 0) < text.count else { return }
        throw ValueFailure("\(shown(text)) has a \(name) in it, which \(format.rawValue) cannot hold")
    }

    private func appendCSV(_ text: Span<UInt8>, to output: inout some ByteSink) {
        guard needsQuotes(text) else { return output.append(text) }
        output.append(UInt8(ascii: "\""))
        for position in text.indices {
            output.append(text[position])
            if text[position] == UInt8(ascii: "\"") { output.append(UInt8(ascii: "\"")) }
        }
        output.append(UInt8(ascii: "\""))
    }

    private func needsQuotes(_ text: Span<UInt8>) -> Bool {
        for position in text.indices {
            switch text[position] {
            case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"): return true
            default: continue
            }
        }
        return false
    }
}

/// A text as a JSON string.
func jsonString(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    // A Swift string is always UTF-8, so this cannot fail.
    try? appendJSONString(text.utf8.span, to: &bytes)
    return bytes
}
