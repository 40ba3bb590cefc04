internal import ArgumentParser
internal import ConfigAPI

/// Who may log in at the XMPP server through the bridge.
struct LoginOptions: ParsableArguments {
    @Option(
        name: .customLong("login-mode"),
        help: .init(
            """
            Who may log in: none, users (the Call Bridge's), guests (whoever has a name such as guest123), \
            usersAndGuests, or http (whom the service at --login-url accepts). This, --login-url and --login-host count \
            until the policy is set over the API.
            """, valueName: "mode"))
    var mode = LoginPolicy.Mode.nobody

    // Checked later: the text about a value that an option does not take has the value in it, and so perhaps a password.
    @Option(
        name: .customLong("login-url"),
        help: .init(
            "The service that decides with --login-mode http: https, or http on a loopback address. (default: none)",
            valueName: "url"))
    var url: String?

    @Option(
        name: .customLong("login-host"),
        help: .init(
            """
            An XMPP host that may ask about logins, the domain or one under it; may be repeated. (default: the domain \
            and the hosts directly under it)
            """, valueName: "host"))
    var hosts: [String] = []

    @Option(
        name: .customLong("login-ca-file"),
        help: .init(
            """
            Trust these certificate authorities (PEM) for the service at --login-url. (default: the system's)
            """, valueName: "file"), completion: .file())
    var caFile: String?

    @Option(
        name: .customLong("login-attempts"),
        help: .init(
            """
            After so many wrong passwords for one name within a minute, logins of that name are refused for a minute; 0 \
            for no limit. (default: 10)
            """, valueName: "number"), transform: { try LimitOptions.number($0, 0...100) })
    var attempts = 10

    /// Whether a policy is given.
    var hasPolicy: Bool { mode != .nobody || url != nil || !hosts.isEmpty }

    /// The policy for as long as none has been set over the API.
    /// - Throws: `ValidationError`.
    func policy() throws -> LoginPolicy {
        do {
            return try LoginPolicy.checked(mode: mode, url: url, hosts: hosts)
        } catch {
            let options = ["mode": "--login-mode", "url": "--login-url", "hosts": "--login-host"]
            let lines = error.problems.map { "\(options[$0.parameter] ?? $0.parameter): \($0.detail)" }
            throw ValidationError(lines.joined(separator: " "))
        }
    }
}
