/// Takes an input apart, from its front; behind its end everything is 0.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func word() -> UInt16 { UInt16(byte()) << 8 | UInt16(byte()) }

    mutating func bit() -> Bool { byte() & 1 == 1 }

    /// A number in `0..<end`; at most 256 different ones.
    mutating func number(below end: Int) -> Int { Int(byte()) % end }

    /// At most so many bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Everything that is left.
    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    /// What is left, cut at each separator; an empty rest is one empty piece.
    mutating func pieces(separatedBy separator: UInt8) -> [[UInt8]] {
        remainder().split(separator: separator, omittingEmptySubsequences: false).map(Array.init)
    }
}
