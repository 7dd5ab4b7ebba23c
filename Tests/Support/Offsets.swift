public import ProcessionSegment

/// In tests an offset may be a bare number. It says nothing of a segment that it could be mixed up with.
extension _Offset: ExpressibleByIntegerLiteral {
    public init(integerLiteral bytes: Int) { self.init(bytes: bytes) }
}
