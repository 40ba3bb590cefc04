/// A question about a login as a stanza, in the fields of XEP-0078 §3.1: how it is read, and how it is answered.
enum LoginStanza {
    /// The longest user name and the longest resource, in bytes (RFC 7622 §3.1).
    static let longestName = 1023
    /// The longest password, in bytes.
    static let longestPassword = 1024

    /// A question that can't be read, and what is wrong with it; no value of it is repeated.
    struct Malformed: Error, Equatable {
        let text: String

        init(_ text: String) { self.text = text }
    }

    private static let query = XMLName("query", in: XMPPNamespace.login)

    /// Whether a stanza is about a login: the question itself, or the one which fields it has.
    static func isOne(_ stanza: XMLElement) -> Bool {
        guard stanza.name == XMLName("iq", in: XMPPNamespace.component) else { return false }
        switch stanza["type"] {
        case "get", "set": return stanza.elements.first?.name == query
        default: return false
        }
    }

    /// Reads a question.
    ///
    /// An empty password is one: it is for who decides to find it wrong. A digest is none, since who decides may have no
    /// plain password to compare it with. Elements of other namespaces mean nothing (RFC 6120 §8.4).
    /// - Parameter host: who asks.
    static func read(_ iq: XMLElement, from host: String) throws(Malformed) -> LoginRequest {
        let payload = iq.elements
        guard payload.count == 1 else { throw Malformed("The request has more than one element.") }
        var fields: [String: String] = [:]
        for element in payload[0].elements where element.name.namespace == XMPPNamespace.login {
            let name = element.name.local
            switch name {
            case "username", "password", "resource": break
            case "digest": throw Malformed("A digest can't be checked; the password is wanted.")
            default: throw Malformed("There is an element that is none of username, password and resource.")
            }
            guard element.elements.isEmpty else { throw Malformed("The \(name) has an element inside.") }
            guard fields.updateValue(element.text, forKey: name) == nil else {
                throw Malformed("There is more than one \(name).")
            }
        }
        guard let username = fields["username"] else { throw Malformed("There is no username.") }
        guard !username.isEmpty else { throw Malformed("The username is empty.") }
        guard let password = fields["password"] else { throw Malformed("There is no password.") }
        let resource = fields["resource"] ?? ""
        for (name, value, limit) in [
            ("username", username, longestName), ("password", password, longestPassword),
            ("resource", resource, longestName),
        ] where value.utf8.count > limit {
            throw Malformed("The \(name) is longer than \(limit) bytes.")
        }
        return LoginRequest(
            username: username, host: host, resource: resource.isEmpty ? nil : resource, password: Secret(password))
    }

    /// The answer to the question which fields there are.
    static func fields(_ reply: StanzaReply) -> String {
        reply.result("<query xmlns='\(XMPPNamespace.login)'><username/><password/><resource/></query>")
    }

    /// The answer to a question that somebody may not ask.
    static func forbidden(_ reply: StanzaReply) -> String { reply.error("auth", "forbidden") }

    /// The answer to a question that can't be read.
    static func malformed(_ reply: StanzaReply, _ error: Malformed) -> String {
        reply.error("modify", "bad-request", text: error.text)
    }

    /// The answer to a question that has been decided.
    static func answer(_ reply: StanzaReply, _ verdict: LoginVerdict) -> String {
        switch verdict {
        case .accepted: reply.result()
        case .refused(.notAuthorized): reply.error("auth", "not-authorized")
        case .refused(.tooManyAttempts): reply.error("wait", "policy-violation")
        case .refused(.hostNotAllowed): forbidden(reply)
        case .failed(.timedOut): reply.error("wait", "remote-server-timeout")
        case .failed(.tooManyRequests): reply.error("wait", "resource-constraint")
        case .failed(.storeFailed), .failed(.serviceFailed): reply.error("wait", "internal-server-error")
        }
    }
}
