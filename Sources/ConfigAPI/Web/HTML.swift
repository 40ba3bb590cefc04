/// A piece of HTML that is well-formed by its type: only what is written in the source is markup.
///
/// A text that is put into it is escaped. There is no other way from a `String` to an `HTML`: its literals are
/// `StaticString`s, which exist at compile time alone.
///
/// ```swift
/// let cell: HTML = "<td title=\"\(title)\">\(name)</td>"
/// ```
///
/// Values of attributes stand in quotation marks, always.
struct HTML: Sendable, Equatable {
    /// The markup.
    private(set) var markup: String

    private init(markup: String) { self.markup = markup }

    /// Nothing.
    static let empty: HTML = ""

    /// The bytes of a document.
    var bytes: [UInt8] { Array(markup.utf8) }

    /// Appends.
    static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

    /// What a person is to read: escaped, and with everything visible, so that a control character or a change of the
    /// text's direction shows as its number (see ``VisibleText``).
    static func text(_ text: some StringProtocol) -> HTML {
        var markup = ""
        for scalar in text.unicodeScalars { markup += Self.escape(scalar) ?? VisibleText.shown(scalar) }
        return HTML(markup: markup)
    }

    /// A text that must come back as it is, such as the value of a field: escaped only.
    static func exact(_ text: some StringProtocol) -> HTML {
        var markup = ""
        for scalar in text.unicodeScalars { markup += Self.escape(scalar) ?? String(scalar) }
        return HTML(markup: markup)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        default: nil
        }
    }

    /// One after the other.
    static func joined(_ pieces: some Sequence<HTML>, by separator: HTML = "") -> HTML {
        HTML(markup: pieces.map(\.markup).joined(separator: separator.markup))
    }
}

extension HTML: ExpressibleByStringInterpolation {
    init(stringLiteral literal: StaticString) { markup = literal.description }

    init(stringInterpolation interpolation: Interpolation) { markup = interpolation.markup }

    /// Makes HTML of a literal with values in it.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(2 * literalCapacity) }

        mutating func appendLiteral(_ literal: StaticString) { markup += literal.description }

        /// See ``HTML/text(_:)``.
        mutating func appendInterpolation(_ text: some StringProtocol) { markup += HTML.text(text).markup }

        mutating func appendInterpolation(_ number: some BinaryInteger) { markup += String(number) }

        mutating func appendInterpolation(_ html: HTML) { markup += html.markup }

        /// Nothing where there is nothing.
        mutating func appendInterpolation(_ html: HTML?) { markup += html?.markup ?? "" }
    }
}

extension HTML {
    /// A document of the program's own, embedded in it, with pieces put in at its marks, `{{name}}`.
    ///
    /// - Precondition: each mark has its piece and each piece its mark; the document is part of the program.
    init(document: [UInt8], _ pieces: [String: HTML]) {
        var parts = String(decoding: document, as: UTF8.self).split(separator: "{{", omittingEmptySubsequences: false)
        markup = String(parts.removeFirst())
        var used: Set<String> = []
        for part in parts {
            let name = String(part.prefix { $0 != "}" })
            guard let piece = pieces[name] else { preconditionFailure("nothing for {{\(name)}}") }
            used.insert(name)
            markup += piece.markup + part.dropFirst(name.count + 2)
        }
        precondition(used.count == pieces.count, "a piece has no mark")
    }
}
