import TestSupport
import Testing

/// An `api-server` whose Call Bridge lets `alice@example.test`, and guests, log in, and what the external
/// authentication of an XMPP server needs to ask it.
struct LoginAPI {
    /// The password of `alice@example.test`, with everything that a separator could be taken for.
    static let alicePassword = #"one:two "three" \4 fünf"#

    let server: APIServerProcess
    /// HTTPS with a certificate that the server made itself.
    let httpsPort: UInt16
    /// Holds the password of the API's user `ejabberd`, who has the role `login`.
    let passwordFile: String
    /// That password.
    let password = "password-of-ejabberd"
    private let scratch: ScratchDirectory

    /// Starts it.
    init(_ options: APIServerProcess.Options = .init()) throws {
        httpsPort = try FreePorts.reserve()
        var options = options
        options.further += ["--listen", "127.0.0.1:\(httpsPort)"]
        server = try APIServerProcess(options)
        scratch = try ScratchDirectory("extauth-password")
        passwordFile = try scratch.write(password + "\n", to: "password")
        let reply = try server.put(["uniqueName": "cb1", "domain": "example.test"])
        try #require(reply.status == 200, "\(reply.text)")
        try server.addAPIUser("ejabberd", role: "login", password: password)
        try server.letIn("usersAndGuests")
        try server.addBridgeUser("alice@example.test", password: Self.alicePassword)
    }

    /// Whom to trust.
    var authority: String { server.databasePath + ".crt" }
    /// The API.
    var url: String { "https://127.0.0.1:\(httpsPort)" }

    /// The arguments of `callbridge-extauth`.
    ///
    /// - Parameter changes: other values for some options.
    func arguments(_ changes: [String: String] = [:]) -> [String] {
        let usual = [
            "--url": url, "--user": "ejabberd", "--password-file": passwordFile, "--ca-file": authority,
            "--timeout": "20",
        ]
        return usual.merging(changes) { $1 }.flatMap { [$0.key, $0.value] }
    }
}
