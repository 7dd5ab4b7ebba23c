import ProcessionRecords

/// What the input is called, and what its name says of its format.
struct InputName: CustomStringConvertible {
    /// As it was given; nil for standard input.
    let path: String?
    /// The format that was taken from the name, because no other was given.
    let guessedFormat: RecordFormat?

    init(_ path: String?, format: RecordFormat?) {
        self.path = path
        guessedFormat = format == nil ? path.flatMap { RecordFormat(fileExtension: fileExtension(of: $0)) } : nil
    }

    /// The name of the file, if it is one.
    var file: String? { path == "-" ? nil : path }

    var description: String { path.map { shown(path: $0) } ?? "standard input" }
}

/// What stands behind the last dot of a file's name.
func fileExtension(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return String(name[name.index(after: dot)...])
}
