/// What a field, a member or a column is called: bytes, of which no other bytes are the same name.
///
/// Never compare names as Strings, to which a letter with an accent is the same however it is composed.
package struct FieldName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { bytes = Array(text.utf8) }
    package init(stringLiteral text: String) { self.init(text) }

    /// The name, or its beginning, in quotation marks, for a message.
    package var description: String { shown(bytes.span) }

    /// As a JSON string, or as nearly as one comes to it: a name that is not UTF-8 was refused with the plan.
    var json: [UInt8] {
        var json: [UInt8] = []
        try? appendJSONString(bytes.span, to: &json)
        return json
    }

    /// What helps somebody who asked for this name, where there are only those: the same in another composition, one
    /// that differs by a slip, or else all of them.
    func hint(among names: [FieldName]) -> String {
        let composed = compositionHint(among: names)
        let nearest = composed.isEmpty ? suggestion(for: text, among: names.map(\.text)) : composed
        guard nearest.isEmpty, !names.isEmpty else { return nearest }
        let some = names.prefix(12).map(\.description).joined(separator: ", ")
        return "; there \(names.count == 1 ? "is" : "are") \(some)\(names.count > 12 ? " and others" : "")"
    }

    /// Says so where one of the names differs from this one in its composition only.
    func compositionHint(among names: [FieldName]) -> String {
        guard let same = names.first(where: { $0.text == text && $0.scalars != scalars }) else { return "" }
        return "; there is one in another composition, \(same.scalars) instead of \(scalars)"
    }

    private var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The scalars by their numbers, except for those of ASCII.
    private var scalars: String { "'" + text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined() + "'" }
}
