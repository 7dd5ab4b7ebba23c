import ProcessionSystem

/// Finds what is an address in this process, and so means nothing in a worker, although the compiler lets it be copied
/// bit by bit: pointers, static strings, functions of C, references that are not counted, types.
struct AddressSearch {
    /// Where an address is, from the outermost property on, and of what type that is.
    struct Finding {
        var path: [String]
        let type: Any.Type

        var description: String {
            path.isEmpty ? "it is a \(type)" : "its property \(path.joined(separator: ".")) is of type \(type)"
        }

        func inside(_ name: String) -> Finding { Finding(path: [name] + path, type: type) }
    }

    /// Whether an address counts that only a case of an enum has; nobody looks at the values then.
    var entersCases = false
    /// Whether cases of enums may hide an address, so that every value has to be looked at.
    private(set) var dependsOnValue = false

    /// The first address that every value of a type has.
    mutating func first(in type: Any.Type) -> Finding? {
        if type == StaticString.self { return Finding(path: [], type: type) }
        if let wrapper = type as? any Wrapper.Type { return first(in: wrapper.wrapped) }
        if _openExistential(type, do: mayHideAddress) { dependsOnValue = true }
        let cases = entersCases ? Field.ofCases(of: type) : []
        for field in Field.all(of: type) + cases {
            let found = field.isAddress ? Finding(path: [], type: field.type) : first(in: field.type)
            guard let found else { continue }
            // Of the standard library's types, nobody knows the properties.
            let isOpaque = _typeName(type).hasPrefix("Swift.") && !_typeName(type).hasPrefix("Swift.(")
            if isOpaque { return Finding(path: [], type: type) }
            return found.inside(field.name.hasPrefix(".") ? String(field.name.dropFirst()) : field.name)
        }
        return nil
    }

    /// The first address in the cases that a value has.
    static func first(inCasesOf value: Any) -> Finding? {
        // Nobody can ask for its elements.
        if let type = type(of: value) as? any InlineElements.Type {
            var search = AddressSearch(entersCases: true)
            return search.first(in: type.wrapped)
        }
        let mirror = Mirror(reflecting: value)
        for child in mirror.children {
            var search = AddressSearch()
            let inCase = mirror.displayStyle == .enum ? search.first(in: type(of: child.value)) : nil
            if let found = inCase ?? first(inCasesOf: child.value) { return found.inside(child.label ?? "") }
        }
        return nil
    }
}

/// Whether a type is an enum with room for an address. Only as somebody's field is it told what a type is.
private func mayHideAddress<Value>(_ type: Value.Type) -> Bool {
    MemoryLayout<Value>.size >= MemoryLayout<ObjectIdentifier>.size && Field.all(of: Alone<Value>.self)[0].isEnum
}

private struct Alone<Value> { var value: Value }

/// A type of the standard library whose fields do not tell what it holds.
private protocol Wrapper {
    static var wrapped: Any.Type { get }
}

extension Optional: Wrapper {
    static var wrapped: Any.Type { Wrapped.self }
}

private protocol InlineElements: Wrapper {}

extension InlineArray: InlineElements {
    static var wrapped: Any.Type { Element.self }
}
