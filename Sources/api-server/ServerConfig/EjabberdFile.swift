internal import BridgeEngine

/// A file for ejabberd, in YAML.
enum EjabberdFile {
    /// The file. It holds the secret.
    static func text(of peer: PeerConfiguration) -> String {
        let secret = peer.secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        return """
            # A Call Bridge at ejabberd 23. The file holds the shared secret: let ejabberd's user alone read it. In
            # ejabberd.yml:
            #
            #   include_config_file:
            #     - /etc/ejabberd/callbridge.yml
            #
            # In DNS, so that the Call Bridge finds the server:
            #
            #   \(peer.serviceRecord)

            listen:
              # TLS from the first byte. ejabberd asks for the Call Bridge's certificate, but takes components without one
              # too, and has no option to require it: let a firewall decide who gets to this port.
              - port: \(peer.port)
                module: ejabberd_service
                tls: true
                certfile: \(quoted(peer.certificate))
                cafile: \(quoted(peer.clientAuthority))
                hosts:
                  \(quoted(peer.jid)):
                    password: \(quoted(secret))
                global_routes: false

            """
    }

    /// A double-quoted scalar (YAML 1.2 §7.3.1); everything but printable ASCII escaped.
    static func quoted(_ text: String) -> String {
        var scalar = "\""
        for character in text.unicodeScalars {
            switch character.value {
            case 0x22, 0x5C:
                scalar += "\\"
                scalar.unicodeScalars.append(character)
            case 0x20...0x7E: scalar.unicodeScalars.append(character)
            default:
                let digits = String(character.value, radix: 16)
                scalar += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return scalar + "\""
    }
}
