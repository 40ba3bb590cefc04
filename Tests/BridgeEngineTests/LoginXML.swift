@testable import BridgeEngine

/// Questions about logins, and their answers, as they are on the wire.
enum LoginXML {
    static let username = "<username>alice</username>"
    static let password = "<password>pa55</password>"

    /// A question.
    static func ask(
        _ fields: String = username + password, id: String = "1", from: String = "example.test",
        to: String = "cb1.example.test", type: String = "set"
    ) -> String {
        "<iq type='\(type)' from='\(from)' to='\(to)' id='\(id)'><query xmlns='jabber:iq:auth'>\(fields)</query></iq>"
    }

    /// A question of a client with a resource.
    static func ask(user: String, id: String) -> String {
        ask("<username>\(user)</username>\(password)<resource>r</resource>", id: id)
    }

    static func accepted(id: String = "1", to: String = "example.test", from: String = "cb1.example.test") -> String {
        "<iq type='result' from='\(from)' to='\(to)' id='\(id)'/>"
    }

    static func error(
        _ type: String, _ condition: String, text: String? = nil, id: String = "1", to: String = "example.test"
    ) -> String {
        let text = text.map { "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>\($0)</text>" } ?? ""
        return "<iq type='error' from='cb1.example.test' to='\(to)' id='\(id)'><error type='\(type)'>"
            + "<\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\(text)</error></iq>"
    }
}
