internal import ArgumentParser
internal import BridgeEngine

/// Names and files of the XMPP server.
struct PeerOptions: ParsableArguments {
    @Option(
        help: .init(
            """
            The XMPP server's name in DNS. (default: that of the server address override, or else the domain)
            """, valueName: "name"), transform: name)
    var serverHost: String?

    @Option(
        help: .init(
            "The TLS port. (default: that of the server address override, or else \(ServerAddress.defaultPort))",
            valueName: "number"), transform: port)
    var port: UInt16?

    @Option(
        help: .init(
            """
            The server's certificate with its chain, PEM; for ejabberd with the key in the same file. (default: \
            certs/<domain>.crt in the server's directory, .pem for ejabberd)
            """, valueName: "file"), completion: .file())
    var serverCertificate: String?

    @Option(
        help: .init(
            "The key of the server's certificate, PEM; not for ejabberd. (default: certs/<domain>.key)",
            valueName: "file"),
        completion: .file())
    var serverKey: String?

    @Option(
        help: .init(
            """
            The authority that has signed the Call Bridge's certificate, PEM. (default: certs/callbridge-ca.crt in the \
            server's directory)
            """, valueName: "file"), completion: .file())
    var clientCaFile: String?

    /// What the XMPP server has to be told.
    /// - Parameter settings: complete ones.
    /// - Throws: `ValidationError` where the options don't go together with each other or the settings.
    func configuration(for settings: BridgeSettings, at kind: PeerKind) throws -> PeerConfiguration {
        guard let uniqueName = settings.uniqueName, let domain = settings.domain, let secret = settings.sharedSecret
        else {
            throw ValidationError("Settings are missing.")
        }
        if serverKey != nil, kind == .ejabberd {
            throw ValidationError("--server-key: ejabberd takes the key from the file with the certificate.")
        }
        for (option, path) in [
            ("--server-certificate", serverCertificate), ("--server-key", serverKey),
            ("--client-ca-file", clientCaFile),
        ] where path?.unicodeScalars.contains(where: LogText.isUnsafe) == true {
            throw ValidationError("\(option): a path can't hold control characters.")
        }
        let certificates = "\(kind.directory)/certs"
        return PeerConfiguration(
            jid: BridgeSettings.componentJID(uniqueName: uniqueName, domain: domain), domain: domain, secret: secret,
            host: serverHost ?? settings.serverAddressOverride?.name ?? domain,
            port: port ?? settings.serverAddressOverride?.port ?? ServerAddress.defaultPort,
            certificate: serverCertificate ?? "\(certificates)/\(domain).\(kind == .ejabberd ? "pem" : "crt")",
            key: serverKey ?? "\(certificates)/\(domain).key",
            clientAuthority: clientCaFile ?? "\(certificates)/callbridge-ca.crt")
    }

    @Sendable private static func name(_ text: String) throws -> String {
        guard let name = DNSName.normalized(text), IPAddress(name) == nil else {
            throw ValidationError("It is a DNS name: an SRV record can't hold an address.")
        }
        return name
    }

    @Sendable private static func port(_ text: String) throws -> UInt16 {
        guard let port = UInt16(text), port > 0 else { throw ValidationError("It is a number from 1 to 65535.") }
        return port
    }
}

extension ServerAddress {
    /// The host, where it is a name.
    fileprivate var name: String? {
        if case .name(let name) = host { name } else { nil }
    }
}
