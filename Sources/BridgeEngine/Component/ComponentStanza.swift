/// What the component answers to a stanza that is no answer itself.
enum ComponentStanza {
    /// The answer, or nil where there is none: to messages and presence that are no subscription, and to anything that
    /// carries no usable address. There is never an answer to an error, so that no loop can come to be.
    static func answer(to stanza: XMLElement, _ identity: ComponentIdentity) -> String? {
        let to = stanza["to"] ?? identity.jid
        // A server closes the stream on an answer in another name than ours, and some do on one without both addresses.
        guard let from = stanza["from"], !from.isEmpty, domain(of: to) == identity.jid else { return nil }
        let addresses = "from='\(XMLText.escaped(to))' to='\(XMLText.escaped(from))'"
        switch (stanza.name, stanza["type"]) {
        case (XMLName("iq", in: XMPPNamespace.component), "get"), (XMLName("iq", in: XMPPNamespace.component), "set"):
            guard let id = stanza["id"] else { return nil }
            let head = "\(addresses) id='\(XMLText.escaped(id))'"
            guard let payload = result(of: stanza, identity) else {
                return "<iq type='error' \(head)><error type='cancel'>"
                    + "<service-unavailable xmlns='\(XMPPNamespace.stanzaErrors)'/></error></iq>"
            }
            return payload.isEmpty ? "<iq type='result' \(head)/>" : "<iq type='result' \(head)>\(payload)</iq>"
        case (XMLName("presence", in: XMPPNamespace.component), "subscribe"):
            return "<presence type='unsubscribed' \(addresses)/>"
        default: return nil
        }
    }

    /// The domain part of a JID (RFC 7622 §3.2), in lower case.
    private static func domain(of jid: String) -> String {
        let bare = jid.prefix { $0 != "/" }
        return (bare.firstIndex(of: "@").map { bare[bare.index(after: $0)...] } ?? bare).lowercased()
    }

    /// The content of the result of a request; nil where we don't know the request.
    private static func result(of iq: XMLElement, _ identity: ComponentIdentity) -> String? {
        guard iq["type"] == "get", let request = iq.elements.first else { return nil }
        let node = request["node"].map { " node='\(XMLText.escaped($0))'" } ?? ""
        switch request.name {
        case XMLName("ping", in: XMPPNamespace.ping): return ""
        case XMLName("query", in: XMPPNamespace.discoInfo):
            let features = [
                XMPPNamespace.discoInfo, XMPPNamespace.discoItems, XMPPNamespace.version, XMPPNamespace.ping,
            ]
            return "<query xmlns='\(XMPPNamespace.discoInfo)'\(node)>"
                + "<identity category='component' type='generic' name='\(XMLText.escaped(identity.software.name))'/>"
                + features.map { "<feature var='\($0)'/>" }.joined() + "</query>"
        case XMLName("query", in: XMPPNamespace.discoItems):
            return "<query xmlns='\(XMPPNamespace.discoItems)'\(node)/>"
        case XMLName("query", in: XMPPNamespace.version):
            return "<query xmlns='\(XMPPNamespace.version)'><name>\(XMLText.escaped(identity.software.name))</name>"
                + "<version>\(XMLText.escaped(identity.software.version))</version></query>"
        default: return nil
        }
    }
}
