/// What the component answers to a stanza that is no answer itself.
enum ComponentStanza {
    /// The answer, or nil where there is none: to messages and presence that are no subscription, and to anything that
    /// carries no usable address. There is never an answer to an error, so that no loop can come to be.
    static func answer(to stanza: XMLElement, _ identity: ComponentIdentity, decidesLogins: Bool) -> String? {
        guard let reply = StanzaReply(to: stanza, identity) else { return nil }
        switch (stanza.name, stanza["type"]) {
        case (XMLName("iq", in: XMPPNamespace.component), "get"), (XMLName("iq", in: XMPPNamespace.component), "set"):
            guard stanza["id"] != nil else { return nil }
            return result(of: stanza, identity, decidesLogins).map { reply.result($0) }
                ?? reply.error("cancel", "service-unavailable")
        case (XMLName("presence", in: XMPPNamespace.component), "subscribe"):
            return "<presence type='unsubscribed' \(reply.addresses)/>"
        default: return nil
        }
    }

    /// The content of the result of a request; nil where we don't know the request.
    private static func result(
        of iq: XMLElement, _ identity: ComponentIdentity, _ decidesLogins: Bool
    ) -> String? {
        guard iq["type"] == "get", let request = iq.elements.first else { return nil }
        let node = request["node"].map { " node='\(XMLText.escaped($0))'" } ?? ""
        switch request.name {
        case XMLName("ping", in: XMPPNamespace.ping): return ""
        case XMLName("query", in: XMPPNamespace.discoInfo):
            let features =
                [XMPPNamespace.discoInfo, XMPPNamespace.discoItems] + (decidesLogins ? [XMPPNamespace.login] : [])
                + [XMPPNamespace.version, XMPPNamespace.ping]
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
