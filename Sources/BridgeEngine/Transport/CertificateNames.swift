internal import NIOCore

/// The names in a certificate's subjectAltName extension.
struct CertificateNames: Sendable, Equatable {
    /// One name.
    enum Entry: Sendable, Equatable {
        /// A dNSName, possibly with a wildcard; ASCII.
        case dns(String)
        /// An iPAddress, 4 or 16 bytes in network order.
        case address([UInt8])
        /// An SRVName (RFC 4985), such as `_xmpp-component.example.test`.
        case service(String)
        /// An xmppAddr (RFC 6120 §13.7.1.4).
        case xmpp(String)
        /// Anything that never proves a name here: other types, or bytes no name can have. Printable.
        case other(String)
    }

    /// All names in the certificate's order.
    var entries: [Entry]

    /// The names as text, such as `DNS:example.test`.
    var printable: [String] {
        entries.map { entry in
            switch entry {
            case .dns(let name): "DNS:\(PrintableText.escape(name.utf8))"
            case .address(let bytes): "IP:\(Self.text(ofAddress: bytes))"
            case .service(let name): "SRV:\(PrintableText.escape(name.utf8))"
            case .xmpp(let name): "XMPP:\(PrintableText.escape(name.utf8))"
            case .other(let text): text
            }
        }
    }

    /// The address in the usual notation, or its bytes where it is none.
    static func text(ofAddress bytes: [UInt8]) -> String {
        let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0)
        return address?.ipAddress ?? PrintableText.escape(bytes)
    }
}
