internal import ArgumentParser

/// Where and how the API is served.
struct APIOptions: ParsableArguments {
    /// The most threads for HTTP; more than a machine has cores are of no use.
    private static let mostThreads = 64
    /// Where HTTPS is served when nothing is said.
    private static let standard = ListenAddress(host: "127.0.0.1", port: 8443)

    @Option(
        name: .customLong("listen"),
        help: .init(
            "Serve HTTPS here; may be repeated. (default: \(Self.standard), unless --listen-http is given)",
            valueName: "host:port"), transform: ListenAddress.parse)
    var listen: [ListenAddress] = []

    @Option(
        name: .customLong("listen-http"),
        help: .init(
            "Serve plain HTTP here; may be repeated. Loopback addresses only. (default: nowhere)",
            valueName: "host:port"), transform: ListenAddress.parse)
    var listenHTTP: [ListenAddress] = []

    @Flag(
        name: .customLong("allow-insecure-http"), inversion: .prefixedNo, exclusivity: .chooseLast,
        help: """
            Let --listen-http take addresses that other machines reach; passwords and secrets then cross the network in \
            clear.
            """)
    var allowInsecureHTTP = false

    @Option(
        name: .customLong("tls-certificate"),
        help: .init(
            """
            The certificate for HTTPS, with its chain (PEM). (default: a self-signed one, made at the first start, \
            kept beside the database, with .crt and .key added to its name, and made anew 30 days before its end)
            """, valueName: "file"), completion: .file())
    var certificate: String?

    @Option(
        name: .customLong("tls-key"),
        help: .init("The key of --tls-certificate (PEM, without a pass phrase).", valueName: "file"),
        completion: .file())
    var key: String?

    @Option(
        name: .customLong("tls-client-ca"),
        help: .init(
            """
            Over HTTPS serve only clients that show a valid certificate of one of these authorities (PEM), besides the \
            password; on every path, /healthz included. (default: no certificate is asked for)
            """, valueName: "file"))
    var clientAuthorities: String?

    @Option(
        help: .init(
            "Threads that serve HTTPS, and as many for plain HTTP: 1 to \(Self.mostThreads). (default: 2)",
            valueName: "number"), transform: threads)
    var threads = 2

    @Option(
        help: .init("The release of Cisco Meeting Server that clients are told. (default: 2.9)", valueName: "release"),
        transform: release)
    var emulatedVersion = "2.9"

    /// Where HTTPS is served.
    var httpsAddresses: [ListenAddress] { listen.isEmpty && listenHTTP.isEmpty ? [Self.standard] : listen }

    /// Whether the options go together.
    /// - Throws: `ValidationError`.
    func check() throws {
        if let open = listenHTTP.first(where: { !$0.isLoopback }), !allowInsecureHTTP {
            throw ValidationError(
                """
                --listen-http \(open): plain HTTP is served on loopback addresses only, unless --allow-insecure-http is \
                given.
                """)
        }
        if (certificate == nil) != (key == nil) {
            throw ValidationError("--tls-certificate and --tls-key belong together.")
        }
        guard clientAuthorities != nil else { return }
        // Who asks for certificates does not want others to come in beside them; other processes of this machine may.
        if let open = listenHTTP.first(where: { !$0.isLoopback }) {
            throw ValidationError(
                "--tls-client-ca is of no use with --listen-http \(open), where other machines need no certificate.")
        }
        if httpsAddresses.isEmpty {
            throw ValidationError("--tls-client-ca is of no use without --listen: HTTPS is served nowhere.")
        }
    }

    @Sendable private static func threads(_ text: String) throws -> Int {
        guard let count = Int(text), (1...mostThreads).contains(count) else {
            throw ValidationError("It is a whole number from 1 to \(mostThreads).")
        }
        return count
    }

    @Sendable private static func release(_ text: String) throws -> String {
        guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("It is a word such as 2.9.")
        }
        return text
    }
}
