extension Prosody {
    /// The configuration file.
    ///
    /// Component streams have no TLS port of their own in Prosody 0.12: mod_net_multiplex provides it. The directory of
    /// certificates to choose from stays empty, so that the one given is shown whatever names it has.
    static func configuration(
        directory: String, authority: String, addresses: [String], port: UInt16, mutualPort: UInt16, plainPort: UInt16,
        loginPort: UInt16, webPort: UInt16, newestVersion: String
    ) -> String {
        """
        run_as_root = true
        pidfile = "\(directory)/prosody.pid"
        data_path = "\(directory)/data"
        certificates = "\(directory)/certificates"
        log = { { levels = { min = "debug" }, to = "console" } }
        interfaces = { "127.0.0.1" }
        storage = "internal"
        authentication = "internal_plain"
        c2s_ports = { \(loginPort) }
        plugin_paths = { "\(RepositoryRoot.path("deploy/prosody"))" }
        s2s_ports = { }
        http_ports = { }
        https_ports = { \(webPort) }
        https_interfaces = { "127.0.0.1" }
        https_ssl = { certificate = "\(directory)/server.crt"; key = "\(directory)/server.key" }
        modules_enabled = { "disco", "ping", "version", "net_multiplex", "admin_shell" }
        admin_socket = "\(directory)/shell.sock"
        modules_disabled = { "s2s" }

        component_ports = { \(plainPort) }
        component_interfaces = { "127.0.0.1" }
        ports = { }
        ssl_ports = { \(port), \(mutualPort) }
        ssl_interfaces = { \(addresses.map { "\"\($0)\"" }.joined(separator: ", ")) }
        ssl_ssl = {
          certificate = "\(directory)/server.crt";
          key = "\(directory)/server.key";
          cafile = "\(authority)";
          protocol = "\(newestVersion == "TLSv1.2" ? "tlsv1_2" : "tlsv1_2+")";
          verify = { "peer" };
          [\(mutualPort)] = {
            verify = { "peer", "fail_if_no_peer_cert" };
            verifyext = { lsec_continue = false, lsec_ignore_purpose = false };
          };
        }

        VirtualHost "example.test"

        Component "cb1.example.test"
          component_secret = "\(secret("cb1"))"

        Component "cb2.example.test"
          component_secret = "\(secret("cb2"))"
          component_conflict_resolve = "kick_old"

        """
    }

    /// A further component.
    static func component(_ name: String) -> String {
        """

        Component "\(name).example.test"
          component_secret = "\(secret(name))"

        """
    }
}
