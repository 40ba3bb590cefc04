internal import BridgeEngine

/// A file for Prosody 0.12, in Lua.
enum ProsodyFile {
    /// The file. It holds the secret.
    static func text(of peer: PeerConfiguration) -> String {
        """
        -- A Call Bridge at Prosody 0.12. The file holds the shared secret: let Prosody's user alone read it. At the end of
        -- prosody.cfg.lua:
        --
        --   Include "/etc/prosody/callbridge.cfg.lua"
        --
        -- In DNS, so that the Call Bridge finds the server:
        --
        --   \(peer.serviceRecord)

        -- A port with TLS from the first byte, which component streams have by mod_net_multiplex alone. Clients' streams
        -- are taken here too; nobody is without a certificate that the authority in "cafile" has signed. Prosody checks it
        -- as if it were a server's: where it has an extended key usage, that has to allow servers.
        ssl_ports = { \(peer.port) }
        ssl_ssl = {
          certificate = \(quoted(peer.certificate.utf8));
          key = \(quoted(peer.key.utf8));
          cafile = \(quoted(peer.clientAuthority.utf8));
          protocol = "tlsv1_2+";
          verify = { "peer", "fail_if_no_peer_cert" };
          verifyext = { lsec_continue = false, lsec_ignore_purpose = false };
        }

        Component \(quoted(peer.jid.utf8))
          component_secret = \(peer.secret.withUnsafeBytes { quoted($0) })
          modules_enabled = { "net_multiplex" }

        """
    }

    /// A string literal (Lua 5.1 §2.1); everything but printable ASCII as `\ddd`, byte by byte.
    static func quoted(_ bytes: some Sequence<UInt8>) -> String {
        var literal = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                literal += "\\"
                literal.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x20...0x7E: literal.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte)
                // All three: a digit may follow.
                literal += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        return literal + "\""
    }
}
