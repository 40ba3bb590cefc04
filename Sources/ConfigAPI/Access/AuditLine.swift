/// The line that a change leaves in the log, worded as a Cisco Meeting Server does it. Names of fields, never values.
enum AuditLine {
    /// `192.0.2.7: API user "admin" modified XMPP configuration (domain, sharedSecret)`.
    static func modified(_ fields: [String], by requester: Requester) -> String {
        line(requester, "modified XMPP configuration (\(fields.joined(separator: ", ")))")
    }

    /// `192.0.2.7: API user "admin" modified XMPP login configuration (mode, hosts)`.
    static func modifiedLogin(_ fields: [String], by requester: Requester) -> String {
        line(requester, "modified XMPP login configuration (\(fields.joined(separator: ", ")))")
    }

    /// `192.0.2.7: API user "admin" requested XMPP reconnect`.
    static func requestedReconnect(by requester: Requester) -> String {
        line(requester, "requested XMPP reconnect")
    }

    /// `192.0.2.7: API user "admin" created user "alice@example.test"`.
    static func createdUser(_ jid: String, by requester: Requester) -> String {
        line(requester, "created user \(quoted(jid))")
    }

    /// `192.0.2.7: API user "admin" modified user "alice@example.test" (name, password)`.
    static func modifiedUser(_ jid: String, _ fields: [String], by requester: Requester) -> String {
        line(requester, "modified user \(quoted(jid)) (\(fields.joined(separator: ", ")))")
    }

    /// `192.0.2.7: API user "admin" deleted user "alice@example.test"`.
    static func deletedUser(_ jid: String, by requester: Requester) -> String {
        line(requester, "deleted user \(quoted(jid))")
    }

    private static func line(_ requester: Requester, _ deed: String) -> String {
        "\(requester.address): API user \(quoted(requester.user)) \(deed)"
    }

    /// In quotes, from which no name breaks out: a quote and a backslash get a backslash, and what would not be seen is
    /// written as its number.
    private static func quoted(_ name: String) -> String {
        var result = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(contentsOf: VisibleText.shown(scalar).unicodeScalars)
        }
        return result + "\""
    }
}
