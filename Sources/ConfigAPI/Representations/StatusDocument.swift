internal import BridgeEngine

extension Document {
    /// The connection state; a field without a value is absent.
    init(_ status: BridgeStatus) {
        var fields: [Field] = [
            .init("state", .text(status.state.rawValue)), .init("boot", .text(status.boot)),
            .init("sequence", .integer(Int(clamping: status.sequence))), .init("revision", .integer(status.revision)),
            .init("sharedSecretSet", .flag(status.sharedSecretSet)),
        ]
        func add(_ name: String, _ value: String?) {
            if let value { fields.append(.init(name, .text(value))) }
        }
        add("step", status.step?.rawValue)
        if !status.missing.isEmpty {
            fields.append(
                .init("missing", .list(item: "parameter", status.missing.map { .text($0.rawValue) })))
        }
        add("jid", status.jid)
        add("server", status.server)
        add("address", status.address)
        add("source", status.source?.rawValue)
        add("since", status.since.rfc3339)
        if let tls = status.tls { fields.append(.init("tls", .object(Self.fields(of: tls)))) }
        fields.append(.init("attempts", .integer(status.attempts)))
        if let last = status.lastFailure {
            fields.append(
                .init(
                    "lastFailure",
                    .object(Self.fields(of: last.failure) + [.init("at", .text(last.at.rfc3339))])))
        }
        add("nextAttemptAt", status.nextAttemptAt?.rfc3339)
        if let logins = status.loginRequests {
            fields.append(
                .init(
                    "loginRequests",
                    .object([
                        .init("accepted", .integer(logins.accepted)), .init("refused", .integer(logins.refused)),
                        .init("failed", .integer(logins.failed)),
                    ])))
        }
        if !status.warnings.isEmpty {
            fields.append(.init("warnings", .list(item: "warning", status.warnings.map { .text($0.rawValue) })))
        }
        self.init("xmppStatus", fields)
    }

    /// A TLS session.
    static func fields(of tls: TLSSessionInfo) -> [Field] {
        var fields: [Field] = [
            .init("version", .text(tls.version)), .init("cipher", .text(tls.cipher)),
            .init("mutual", .flag(tls.mutual)), .init("resumed", .flag(tls.resumed)),
        ]
        if let peer = tls.peer {
            let notAfter = Timestamp(milliseconds: peer.notAfter * 1000)
            fields.append(
                .init(
                    "peerCertificate",
                    .object([
                        .init("subject", .text(peer.subject)),
                        .init("subjectAltNames", .list(item: "name", peer.subjectAltNames.map { .text($0) })),
                        .init("notAfter", .text(notAfter.rfc3339)), .init("sha256", .text(peer.sha256)),
                    ])))
        }
        return fields
    }
}
