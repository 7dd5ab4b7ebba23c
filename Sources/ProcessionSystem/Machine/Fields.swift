@_spi(Reflection) import Swift

/// A stored property of a struct, or an element of a tuple.
package struct Field {
    package let name: String
    package let type: Any.Type
    /// A pointer, a reference, a function or a type: where something lies in this process.
    package let isAddress: Bool
    /// An enum, whose cases are not told.
    package let isEnum: Bool

    /// Those of a type; none where it has none, or was compiled without reflection.
    package static func all(of type: Any.Type) -> [Field] {
        var fields: [Field] = []
        // Safe: the name is a C string that is copied during the call.
        unsafe _forEachField(of: type, options: []) { name, _, type, kind in
            let isAddress =
                switch kind {
                case .struct, .enum, .optional, .tuple, .unknown: false
                case .opaque: _typeName(type) == "Builtin.RawPointer"
                default: true
                }
            fields.append(
                Field(name: unsafe String(cString: name), type: type, isAddress: isAddress, isEnum: kind == .enum))
            return true
        }
        return fields
    }
}
