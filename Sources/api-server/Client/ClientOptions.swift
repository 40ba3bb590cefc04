internal import ArgumentParser
internal import BridgeEngine
internal import ConfigAPI

/// Which running server a command talks to, and as whom.
struct ClientOptions: ParsableArguments {
    /// For the help of the commands.
    static let variables = """
        Options that say which server can be variables: \(OptionVariables.variable(of: "url")), and likewise for the \
        others of that group.
        """

    @Option(help: .init("The server's API. (default: \(ServerURL.standard))", valueName: "url"))
    var url: String?

    @Option(help: .init("The user of the API. (default: \(FirstUser.name))", valueName: "name"))
    var user: String?

    @Option(
        help: .init(
            """
            The user's password is in this file, or on standard input for -; a final newline does not count. (default: \
            ask for it on the terminal)
            """, valueName: "file"), completion: .file())
    var passwordFile: String?

    @Option(
        help: .init(
            """
            Trust these certificates (PEM) for HTTPS, and no others. A server without a certificate from elsewhere has \
            made itself one, beside its database, with .crt added to its name. (default: the system's)
            """, valueName: "file"), completion: .file())
    var caFile: String?

    @Option(
        help: .init(
            "Show this certificate, with its chain (PEM), to a server that asks for one. (default: none)",
            valueName: "file"), completion: .file())
    var clientCertificate: String?

    @Option(
        help: .init("The key of --client-certificate (PEM, without a pass phrase).", valueName: "file"),
        completion: .file())
    var clientKey: String?

    @Flag(
        inversion: .prefixedNo, exclusivity: .chooseLast,
        help: """
            Don't check the server's certificate, and let the password cross the network in clear where the URL is plain \
            HTTP to another machine.
            """)
    var insecure = false

    /// Whether any of them is given.
    var isGiven: Bool {
        url != nil || user != nil || passwordFile != nil || caFile != nil || clientCertificate != nil
            || clientKey != nil
            || insecure
    }

    /// A client of that server. Asks for the password where no file has it.
    /// - Throws: `ValidationError` or `StartError`.
    func client() throws -> APIClient {
        let url = try ServerURL(url ?? ServerURL.standard)
        let user = user ?? FirstUser.name
        try UserRules.check(name: user)
        guard url.isEncrypted || url.isLoopback || insecure else {
            throw ValidationError(
                """
                --url \(url): a password is sent over HTTPS, or to this machine; --insecure lets it cross the network in \
                clear.
                """)
        }
        guard (clientCertificate == nil) == (clientKey == nil) else {
            throw ValidationError("--client-certificate and --client-key belong together.")
        }
        let certificate = try clientCertificate.map { try NamedFile($0, option: "--client-certificate") }
        let key = try clientKey.map { try NamedFile($0, option: "--client-key") }
        if let warning = key?.exposure { StandardStream.error.write("api-server: warning: \(warning.line)\n") }
        let authorities = try caFile.map { try NamedFile($0, option: "--ca-file") }
        let session = try CurlSession(
            url: url, user: user, password: password(of: user), authorities: authorities,
            certificate: certificate, key: key, isVerifying: !insecure)
        return APIClient(session: session)
    }

    private func password(of user: String) throws -> Secret {
        if let passwordFile { return try PasswordOptions.read(passwordFile) }
        let password = try TerminalPrompt.known(.password, question: "Password of \(LogText.escaped(user)): ")
        try UserRules.check(password: password)
        return password
    }
}
