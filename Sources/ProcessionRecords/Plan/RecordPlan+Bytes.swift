import ProcessionSystem

extension RecordPlan {
    /// The version of the form below; a worker of another build must not guess.
    private static let version: UInt8 = 4

    /// The plan as bytes: version, formats, work, empty values, key, value, header, columns, what a filter is sent and
    /// answers. Texts and columns have their number in front.
    package func encoded() -> [UInt8] {
        var bytes = [
            Self.version, Self.number(of: input), Self.number(of: output), layout?.rawValue ?? Self.filter,
            emptyWhenFailed ? 1 : 0,
        ]

        func put(_ number: Int) {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        func put(_ text: [UInt8]) {
            put(text.count)
            bytes += text
        }
        func put(_ name: FieldName?) {
            bytes.append(name == nil ? 0 : 1)
            if let name { put(name.bytes) }
        }

        func put(_ library: LibraryResult) {
            bytes.append(UInt8(library.place))
            put(library.call.inputs.count)
            for input in library.call.inputs {
                bytes.append(input.kind.rawValue)
                switch input.source {
                case .field(let name):
                    bytes.append(0)
                    put(name.bytes)
                case .value: bytes.append(1)
                case .key: bytes.append(2)
                case .number: bytes.append(3)
                }
            }
            put(library.call.outputs.map(\.rawValue))
        }

        put(key)
        put(value)
        put(header)
        put(columns.count)
        for column in columns {
            put(column.name.bytes)
            put(column.function.description.givenBytes)
            put(column.field)
            bytes.append(column.function.library == nil ? 0 : 1)
            if let library = column.function.library { put(library) }
        }
        bytes.append(Self.number(of: sent))
        put(answers?.columns.count ?? 0)
        if let answers { bytes.append(Self.number(of: answers.form)) }
        for column in answers?.columns ?? [] {
            put(column.name.bytes)
            bytes.append(Self.number(of: column.kind))
        }
        return bytes
    }

    /// Stands where the layout of columns does, when there are none.
    private static let filter: UInt8 = 0xFF

    /// Reads what `encoded()` wrote, and refuses anything else.
    package init(encoded bytes: Span<UInt8>) throws(PlanError) {
        let damaged = PlanError("the plan is damaged or comes from another version")
        var position = 0

        func byte() throws(PlanError) -> UInt8 {
            guard position < bytes.count else { throw damaged }
            position += 1
            return bytes[position - 1]
        }
        func choice<Choice: CaseIterable>(_: Choice.Type = Choice.self) throws(PlanError) -> Choice {
            let number = Int(try byte())
            guard number < Choice.allCases.count else { throw damaged }
            return Array(Choice.allCases)[number]
        }
        func number() throws(PlanError) -> Int {
            var number = 0
            for step in 0..<4 { number |= Int(try byte()) << (8 * step) }
            return number
        }
        func text() throws(PlanError) -> [UInt8] {
            let count = try number()
            guard count <= bytes.count - position else { throw damaged }
            var text: [UInt8] = []
            text.append(bytes.extracting(position..<position + count))
            position += count
            return text
        }
        func optionalName() throws(PlanError) -> FieldName? {
            switch try byte() {
            case 0: return nil
            case 1: return FieldName(try text())
            default: throw damaged
            }
        }

        func kind(_ number: UInt8) throws(PlanError) -> LibraryCall.Kind {
            guard let kind = LibraryCall.Kind(rawValue: number) else { throw damaged }
            return kind
        }
        func library(_ written: [UInt8]) throws(PlanError) -> ColumnFunction {
            guard let name = LibraryName(written) else { throw damaged }
            let place = Int(try byte())
            var inputs: [LibraryCall.Input] = []
            for _ in 0..<(try number()) {
                let kind = try kind(try byte())
                switch try byte() {
                case 0: inputs.append(LibraryCall.Input(.field(FieldName(try text())), kind))
                case 1: inputs.append(LibraryCall.Input(.value, kind))
                case 2: inputs.append(LibraryCall.Input(.key, kind))
                case 3: inputs.append(LibraryCall.Input(.number, kind))
                default: throw damaged
                }
            }
            var outputs: [LibraryCall.Kind] = []
            for number in try text() { outputs.append(try kind(number)) }
            guard outputs.indices.contains(place) else { throw damaged }
            return ColumnFunction(LibraryCall(name, inputs: inputs, outputs: outputs), result: place)
        }

        guard try byte() == Self.version else { throw damaged }
        let (input, output, layout, empty) = (
            try choice(RecordFormat.self), try choice(RecordFormat.self), try byte(), try byte()
        )
        let (key, value, header) = (try optionalName(), try optionalName(), try text())
        var columns: [Column] = []
        for _ in 0..<(try number()) {
            let name = FieldName(try text())
            let (written, field) = (try text(), try optionalName())
            let isOfLibrary = try byte() != 0
            let function = try isOfLibrary ? library(written) : ColumnFunction(parsing: String(given: written))
            columns.append(Column(name: name, function: function, field: field))
        }
        let sent = try choice(SentForm.self)
        let answerCount = try number()
        var answers: Answers?
        if answerCount > 0 {
            let form = try choice(Answers.Form.self)
            var columns: [AnswerColumn] = []
            for _ in 0..<answerCount {
                columns.append(AnswerColumn(name: FieldName(try text()), kind: try choice()))
            }
            answers = Answers(columns, form)
        }
        guard position == bytes.count else { throw damaged }
        let work: Work
        if layout == Self.filter {
            work = .filter
        } else if let layout = ColumnLayout(rawValue: layout) {
            work = answers.map { .answers($0, beside: columns, layout) } ?? .columns(columns, layout)
        } else {
            throw damaged
        }
        try self.init(
            input: input, output: output, work, key: key, value: value, sent: sent, emptyWhenFailed: empty != 0,
            header: header)
    }

    private static func number<Choice: CaseIterable & Equatable>(of choice: Choice) -> UInt8 {
        UInt8(Array(Choice.allCases).firstIndex(of: choice) ?? 0)
    }
}
