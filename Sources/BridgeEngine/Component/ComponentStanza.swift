/// What the component answers to a stanza.
enum ComponentStanza {
    /// The answer, or nil where there is none: to results, errors, messages and presence, and to anything that carries
    /// no usable address.
    static func answer(to stanza: XMLElement, jid: String) -> String? {
        guard stanza.name == XMLName("iq", in: XMPPNamespace.component), let from = stanza["from"],
            let id = stanza["id"], let type = stanza["type"], type == "get" || type == "set"
        else { return nil }
        // Some servers close the stream on a stanza without both addresses.
        let head =
            "from='\(XMLText.escaped(stanza["to"] ?? jid))' to='\(XMLText.escaped(from))' id='\(XMLText.escaped(id))'"
        if type == "get", stanza.first(XMLName("ping", in: XMPPNamespace.ping)) != nil {
            return "<iq type='result' \(head)/>"
        }
        return "<iq type='error' \(head)><error type='cancel'>"
            + "<service-unavailable xmlns='\(XMPPNamespace.stanzaErrors)'/></error></iq>"
    }
}
