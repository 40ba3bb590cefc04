@testable import BridgeEngine
@testable import ConfigAPI

/// A row of the wire tables: what is written to a connection, what exactly comes back, and what is stored then.
struct WireExchange: Sendable, CustomStringConvertible {
    /// What the client does next.
    enum Step: Sendable {
        case send(String)
        case sendBytes([UInt8])
        /// Wait for this answer.
        case receive(WireAnswer)
        /// Wait for the line that asks for the body.
        case receiveContinue
    }

    let name: String
    let steps: [Step]
    /// The configuration afterwards.
    let stored: StoredConfiguration

    var description: String { name }

    init(_ name: String, stored: StoredConfiguration = StoredConfiguration(), _ steps: Step...) {
        self.name = name
        self.steps = steps
        self.stored = stored
    }

    /// One request, one answer.
    init(
        _ name: String, _ request: String, _ answer: WireAnswer, stored: StoredConfiguration = StoredConfiguration()
    ) {
        self.init(name, stored: stored, .send(request), .receive(answer))
    }

    /// Whether the last answer closes the connection.
    var closes: Bool {
        if case .receive(let answer) = steps.last { answer.closes } else { false }
    }

    // MARK: Requests

    static let path = "/api/v1/configuration/xmpp"
    static let form = "Content-Type: application/x-www-form-urlencoded"
    static let json = "Content-Type: application/json"
    static let xml = "Content-Type: application/xml"
    static let acceptsJSON = "Accept: application/json"

    /// The credentials of a user of the harness, whose password is `pw`.
    static func credentials(_ user: String) -> String {
        let tokens = [
            "admin": "YWRtaW46cHc=", "api": "YXBpOnB3", "reader": "cmVhZGVyOnB3", "login": "bG9naW46cHc=",
            "stranger": "c3RyYW5nZXI6cHc=",
        ]
        return "Authorization: Basic \(tokens[user] ?? "")"
    }

    /// A request with these field lines, Host before them, the credentials of `user` and the body's length behind.
    static func request(
        _ method: String, _ target: String = path, _ fields: [String] = [], _ body: String? = nil,
        user: String? = "admin", version: String = "HTTP/1.1"
    ) -> String {
        var lines = ["\(method) \(target) \(version)", "Host: cms.test"] + fields
        if let user { lines.append(credentials(user)) }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    static func get(_ target: String = path, _ fields: [String] = [], user: String? = "admin") -> String {
        request("GET", target, fields, user: user)
    }

    static func put(_ body: String, _ fields: [String] = [form], user: String? = "admin") -> String {
        request("PUT", path, fields, body, user: user)
    }

    // MARK: What is stored

    static func stored(
        name: String? = nil, domain: String? = nil, address: String? = nil, secret: String? = nil, revision: Int = 1
    ) -> StoredConfiguration {
        StoredConfiguration(
            revision: revision, uniqueName: name, domain: domain, serverAddressOverride: address,
            sharedSecret: secret.map { Secret($0) })
    }
}
