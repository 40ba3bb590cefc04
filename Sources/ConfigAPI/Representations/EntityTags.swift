internal import BridgeEngine

/// The entity tags of a conditional request (RFC 9110 §8.8.3, §13.1), read as configuration revisions
/// or as statuses of the connection.
///
/// A representation's tag is `"<revision>-xml"` or `"<revision>-json"`; a bare `"<revision>"` names both.
enum EntityTags: Equatable {
    /// `*`: whatever there is.
    case any
    /// These tags, without quotes; weak ones marked.
    case list([Tag])

    /// One tag.
    struct Tag: Equatable {
        let isWeak: Bool
        let text: Substring
    }

    /// Reads the value of `If-Match` or `If-None-Match`. What is no tag is left out: it can't match.
    init(_ value: String) {
        let value = value.trimmedBlanks
        guard value != "*" else {
            self = .any
            return
        }
        self = .list(
            value.split(separator: ",").compactMap { part in
                var text = part.trimmedBlanks
                let isWeak = text.hasPrefix("W/")
                if isWeak { text = text.dropFirst(2) }
                guard text.count >= 2, text.first == "\"", text.last == "\"" else { return nil }
                return Tag(isWeak: isWeak, text: text.dropFirst().dropLast())
            })
    }

    /// The tag of a revision's representation, with its quotes.
    static func tag(_ revision: Int, _ representation: Representation) -> String {
        "\"\(revision)-\(representation.rawValue)\""
    }

    /// The tag of a status's representation, with its quotes.
    static func tag(_ status: BridgeStatus, _ representation: Representation) -> String {
        "\"\(status.boot)-\(status.sequence)-\(representation.rawValue)\""
    }

    /// `If-None-Match`: whether a tag, weak or strong, names this representation of this status; a bare boot and sequence
    /// names both.
    func names(_ status: BridgeStatus, _ representation: Representation) -> Bool {
        let bare = "\(status.boot)-\(status.sequence)"
        return switch self {
        case .any: true
        case .list(let tags): tags.contains { $0.text == bare || $0.text == "\(bare)-\(representation.rawValue)" }
        }
    }

    /// `If-None-Match`: whether a tag, weak or strong, is this one, given with its quotes.
    func names(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .list(let tags): tags.contains { "\"\($0.text)\"" == tag }
        }
    }

    /// `If-Match`: whether a strong tag names this revision, in either representation.
    func names(revision: Int) -> Bool {
        switch self {
        case .any: true
        case .list(let tags):
            tags.contains { tag in
                !tag.isWeak
                    && (tag.text == "\(revision)"
                        || Representation.allCases.contains { tag.text == "\(revision)-\($0.rawValue)" })
            }
        }
    }

    /// `If-None-Match`: whether a tag, weak or strong, names this representation of this revision.
    func names(revision: Int, _ representation: Representation) -> Bool {
        switch self {
        case .any: true
        case .list(let tags):
            tags.contains { $0.text == "\(revision)" || $0.text == "\(revision)-\(representation.rawValue)" }
        }
    }
}

extension StringProtocol where SubSequence == Substring {
    /// Without spaces and tabs at both ends.
    var trimmedBlanks: Substring {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
