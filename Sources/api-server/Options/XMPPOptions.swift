internal import ArgumentParser
internal import BridgeEngine

/// How the XMPP server is found and trusted.
struct XMPPOptions: ParsableArguments {
    @Option(
        name: .customLong("xmpp-ca-file"),
        help: .init(
            "Trust these certificate authorities (PEM) for the XMPP server. (default: the system's)", valueName: "file"),
        completion: .file()
    )
    var caFile: String?

    @Option(
        name: .customLong("xmpp-certificate"),
        help: .init("Our certificate for the XMPP server, with its chain (PEM). (default: none)", valueName: "file"),
        completion: .file())
    var certificate: String?

    @Option(
        name: .customLong("xmpp-key"),
        help: .init("The key of --xmpp-certificate (PEM, without a pass phrase).", valueName: "file"),
        completion: .file())
    var key: String?

    @Option(
        name: .customLong("xmpp-crl-file"),
        help: .init(
            """
            Check the XMPP server's certificate and its issuers against these revocation lists (PEM); one that is \
            missing or outdated is a failure. (default: no check)
            """, valueName: "file"), completion: .file())
    var crlFile: String?

    @Option(
        name: .customLong("xmpp-verify"),
        help: .init(
            """
            What is checked of the XMPP server's certificate: full (chain, dates, domain and host), chain (no names), \
            none (lab only).
            """, valueName: "mode"))
    var verify: TLSVerification = .full

    @Option(
        name: .customLong("dns-server"),
        help: .init(
            "Ask this DNS server; may be repeated. (default: those of /etc/resolv.conf)", valueName: "ip[:port]"),
        transform: { try DNSServerAddress.parse($0) })
    var dnsServers: [DNSServerAddress] = []

    /// The files that the certificates come from.
    var files: [String] { [caFile, certificate, key, crlFile].compactMap(\.self) }

    /// Whether any of them is given.
    var isGiven: Bool { !files.isEmpty || verify != .full || !dnsServers.isEmpty }

    /// Whether the options go together.
    /// - Throws: `ValidationError`.
    func check() throws {
        if (certificate == nil) != (key == nil) {
            throw ValidationError("--xmpp-certificate and --xmpp-key belong together.")
        }
        if crlFile != nil, verify == .none {
            throw ValidationError(
                "--xmpp-crl-file is of no use with --xmpp-verify none, which checks nothing.")
        }
    }
}
