/// A stream error that the server sent (RFC 6120 §4.9).
struct StreamErrorReport: Sendable, Equatable {
    /// The longest part of a server's text that is passed on; characters.
    private static let longestText = 300

    /// What the server named; a condition that RFC 6120 does not know counts as `undefined-condition`.
    let condition: StreamErrorCondition
    /// The server's explanation, cut to a bearable length and without control characters.
    let text: String?

    /// Where the server sends us, with `see-other-host` (RFC 6120 §4.9.3.19).
    let otherHost: ServerAddress?

    /// Reads `<stream:error>`.
    init(_ element: XMLElement) {
        let names = element.elements.filter { $0.name.namespace == XMPPNamespace.streamErrors }
        let named = names.lazy.compactMap { StreamErrorCondition(rawValue: $0.name.local) }.first
        condition = named ?? .undefinedCondition
        let other = named == .seeOtherHost ? names.first { $0.name.local == named?.rawValue }?.text : nil
        otherHost = other.flatMap { ServerAddress(Self.trimmed($0)) }
        let text = names.first { $0.name.local == "text" }?.text ?? ""
        self.text = text.isEmpty ? nil : Self.printable(text)
    }

    /// What the error means for the bridge.
    /// - Parameter stage: where the link stood. A refusal is about the registration, whenever it comes.
    func failure(at stage: BridgeFailure.Stage, jid: String) -> BridgeFailure {
        let said = "The server ended the stream with \(condition.rawValue)" + (text.map { ": \($0)" } ?? "")
        let fault = " It complains of what it was sent, which is an error of this program: please report it."
        let sentence = (said.last == "." ? said : said + ".") + (condition.isOurFault ? fault : "")
        if stage == .connected {
            let reason: FailureReason =
                switch condition {
                case .conflict: .replaced
                case .systemShutdown: .serverShutdown
                default: .streamError
                }
            return BridgeFailure(
                .connected, reason, condition: condition.rawValue, sentence + destination, redirect: otherHost)
        }
        switch condition {
        case .notAuthorized:
            return BridgeFailure(
                .registration, .notAuthorized, condition: condition.rawValue,
                sentence + " It does not accept the shared secret for \(jid), or, as ejabberd puts it, the name.")
        case .hostUnknown, .hostGone:
            return BridgeFailure(
                .registration, .unknownComponent, condition: condition.rawValue,
                sentence + " It has no component \(jid).")
        case .conflict:
            return BridgeFailure(
                .registration, .nameInUse, condition: condition.rawValue,
                sentence + " The name \(jid) is in use there: by another Call Bridge, by a host of the server, or by "
                    + "an old connection that the server has not given up yet.")
        default:
            return BridgeFailure(
                stage, .streamError, condition: condition.rawValue, sentence + destination, redirect: otherHost)
        }
    }

    private var destination: String { otherHost.map { " It names \($0)." } ?? "" }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// Text of a peer, safe in a log line and bounded.
    static func printable(_ text: String) -> String {
        PrintableText.oneLine(text.unicodeScalars.prefix(longestText))
    }
}
