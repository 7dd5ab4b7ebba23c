@_spi(Reflection) import Swift

/// A stored property of a struct, or an element of a tuple.
package struct Field {
    package let name: String
    package let type: Any.Type
    /// Where it lies in the value, in bytes from its beginning.
    package let offset: Int
    /// A pointer, a reference, a function or a type: where something lies in this process.
    package let isAddress: Bool
    /// An enum, whose cases are not told.
    package let isEnum: Bool

    /// Those of a type; none where it has none, or was compiled without reflection.
    package static func all(of type: Any.Type) -> [Field] {
        var fields: [Field] = []
        // Safe: the name is a C string that is copied during the call.
        unsafe _forEachField(of: type, options: []) { name, offset, type, kind in
            let isAddress =
                switch kind {
                case .struct, .enum, .optional, .tuple, .unknown: false
                case .opaque: _typeName(type) == "Builtin.RawPointer"
                default: true
                }
            fields.append(
                Field(
                    name: unsafe String(cString: name), type: type, offset: offset, isAddress: isAddress,
                    isEnum: kind == .enum))
            return true
        }
        return fields
    }
}

extension Field {
    /// What the cases of an enum hold, under the names of the cases; none where they are not told: of other types, of
    /// enums that have more to them than bits, and of those that describe themselves.
    package static func ofCases(of type: Any.Type) -> [Field] { _openExistential(type, do: fieldsOfCases) }

    /// Only as somebody's field is it told what a type is.
    fileprivate static func alone(_ value: Any) -> Field {
        func open<Held>(_ value: Held) -> Field { all(of: Alone<Held>.self)[0] }
        return _openExistential(value, do: open)
    }

    private struct Alone<Value> { var value: Value }
}

private func fieldsOfCases<Enum>(of type: Enum.Type) -> [Field] {
    guard let layout = unsafe EnumLayout(type), _isPOD(type), !(type is any CustomReflectable.Type) else { return [] }
    return unsafe (0..<layout.payloads).compactMap { tag in
        guard let held = unsafe Mirror(reflecting: layout.value(of: type, tag)).children.first else { return nil }
        let field = Field.alone(held.value)
        return Field(
            name: held.label ?? "", type: field.type, offset: 0, isAddress: field.isAddress, isEnum: field.isEnum)
    }
}

/// Where the runtime keeps what it knows of an enum. Swift has no call that tells what the cases hold, so a value of
/// each is made, as the compiler would make one, and asked.
@unsafe private struct EnumLayout {
    private typealias InjectTag = @convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Void

    private let metadata: UnsafeRawPointer
    /// Cases that hold something; their tags come first.
    let payloads: Int

    init?<Type>(_ type: Type.Type) {
        unsafe metadata = unsafeBitCast(type, to: UnsafeRawPointer.self)
        // Safe: metadata begin with their kind, and those of an enum go on with the descriptor of its declaration.
        guard unsafe metadata.load(as: Int.self) == 0x201 else { return nil }
        let descriptor = unsafe metadata.load(fromByteOffset: 8, as: UnsafeRawPointer.self)
        unsafe payloads = Int(descriptor.load(fromByteOffset: 20, as: UInt32.self) & 0xFF_FFFF)
    }

    /// A value of a case, for a type that is nothing but bits.
    func value<Type>(of type: Type.Type, _ tag: Int) -> Type {
        // Safe: the table of witnesses lies before the metadata, and an enum's ends with the one that sets the tag. The
        // bytes are those of no case that holds nothing: no null, no number that is too large for a Bool.
        let witnesses = unsafe metadata.load(fromByteOffset: -8, as: UnsafeRawPointer.self)
        let inject = unsafe unsafeBitCast(
            witnesses.load(fromByteOffset: 104, as: UnsafeRawPointer.self), to: InjectTag.self)
        let layout = MemoryLayout<Type>.self
        return unsafe withUnsafeTemporaryAllocation(byteCount: layout.size, alignment: layout.alignment) { room in
            unsafe room.initializeMemory(as: UInt8.self, repeating: 1)
            guard let start = room.baseAddress else { preconditionFailure("a piece of memory has no address") }
            unsafe inject(start, UInt32(tag), metadata)
            return unsafe start.load(as: type)
        }
    }
}
