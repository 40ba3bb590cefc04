/// How a stanza is answered: in the name that it was sent to, and back to where it came from.
struct StanzaReply: Sendable {
    /// Whose answer it is: the component's, or somebody's in its domain.
    let from: String
    /// Who gets it.
    let to: String
    private let id: String?

    /// Nil for a stanza without a usable address.
    init?(to stanza: XMLElement, _ identity: ComponentIdentity) {
        let from = stanza["to"] ?? identity.jid
        // A server closes the stream on an answer in another name than ours, and some do on one without both addresses.
        guard let to = stanza["from"], !to.isEmpty, Self.domain(of: from) == identity.jid else { return nil }
        self.from = from
        self.to = to
        id = stanza["id"]
    }

    /// As attributes.
    var addresses: String { "from='\(XMLText.escaped(from))' to='\(XMLText.escaped(to))'" }

    private var head: String { addresses + (id.map { " id='\(XMLText.escaped($0))'" } ?? "") }

    /// The result of a request.
    /// - Parameter payload: its content, as XML.
    func result(_ payload: String = "") -> String {
        payload.isEmpty ? "<iq type='result' \(head)/>" : "<iq type='result' \(head)>\(payload)</iq>"
    }

    /// The refusal of a request (RFC 6120 §8.3).
    /// - Parameter text: says to a person what is wrong.
    func error(_ type: String, _ condition: String, text: String? = nil) -> String {
        let text = text.map { "<text xmlns='\(XMPPNamespace.stanzaErrors)'>\(XMLText.escaped($0))</text>" } ?? ""
        return "<iq type='error' \(head)><error type='\(type)'><\(condition) xmlns='\(XMPPNamespace.stanzaErrors)'/>"
            + "\(text)</error></iq>"
    }

    /// The domain part of a JID (RFC 7622 §3.2), in lower case.
    private static func domain(of jid: String) -> String {
        let bare = jid.prefix { $0 != "/" }
        return (bare.firstIndex(of: "@").map { bare[bare.index(after: $0)...] } ?? bare).lowercased()
    }
}
