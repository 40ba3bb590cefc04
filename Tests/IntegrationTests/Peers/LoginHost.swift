/// A host of `Prosody` at which clients may log in, with STARTTLS and by WebSocket, and the server's certificate.
struct LoginHost: Sendable {
    /// Such as `example.test`.
    let name: String
    /// Lines of Lua.
    let options: [String]

    /// A host with `deploy/prosody/mod_auth_callbridge.lua`.
    ///
    /// - Parameters:
    ///   - component: says who may log in; nil leaves the option out.
    ///   - options: further options.
    static func callBridge(
        _ name: String, component: String? = "cb1.example.test", options: [String] = []
    ) -> LoginHost {
        let component = component.map { [#"callbridge_component = "\#($0)""#] } ?? []
        return LoginHost(name: name, options: [#"authentication = "callbridge""#] + component + options)
    }

    /// A host with accounts of its own.
    static func accounts(_ name: String) -> LoginHost {
        LoginHost(name: name, options: [#"authentication = "internal_plain""#])
    }

    /// Its part of the configuration file.
    func section(in directory: String) -> String {
        """

        VirtualHost "\(name)"
          modules_enabled = { "roster", "saslauth", "tls", "websocket", "http_files" }
          http_files_dir = "\(RepositoryRoot.path("Tests/Login/page"))"
          http_paths = { files = "/login" }
          ssl = { certificate = "\(directory)/server.crt"; key = "\(directory)/server.key"; }
          \(options.joined(separator: "\n  "))

        """
    }
}
