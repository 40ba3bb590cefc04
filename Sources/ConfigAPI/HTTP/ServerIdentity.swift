internal import NIOConcurrencyHelpers

/// The certificate and private key of an HTTPS listener, and whose certificates its clients need; all can be exchanged
/// while the server runs.
///
/// New connections get the new ones; connections that are open keep those they were made with.
public final class ServerIdentity: Sendable {
    private let state: NIOLockedValueBox<TLSCredentials>

    /// Reads the first certificate and key.
    ///
    /// - Parameters:
    ///   - certificatePEM: The server's certificate, followed by the intermediate ones if there are any.
    ///   - keyPEM: The unencrypted private key (PKCS #8, PKCS #1 or SEC 1).
    ///   - clientAuthoritiesPEM: The authorities one of which has to have issued a client's certificate; then requests of
    ///     clients without a valid one are refused with 403. nil: clients need none.
    /// - Throws: `HTTPServerError` with the code `.badIdentity` when one of the first two cannot be read or they do not
    ///   belong together, `.badClientAuthorities` when there is no certificate in the third.
    public init(certificatePEM: [UInt8], keyPEM: [UInt8], clientAuthoritiesPEM: [UInt8]? = nil) throws {
        state = NIOLockedValueBox(
            try TLSCredentials(
                certificatePEM: certificatePEM, keyPEM: keyPEM, clientAuthoritiesPEM: clientAuthoritiesPEM))
    }

    /// Exchanges everything for all connections that start from now on.
    ///
    /// - Throws: The same as `init`; the old ones then stay in use.
    public func replace(certificatePEM: [UInt8], keyPEM: [UInt8], clientAuthoritiesPEM: [UInt8]? = nil) throws {
        let new = try TLSCredentials(
            certificatePEM: certificatePEM, keyPEM: keyPEM, clientAuthoritiesPEM: clientAuthoritiesPEM)
        let old = state.withLockedValue { current in
            defer { current = new }
            return current
        }
        // Freeing a chain takes a while: it ends here, after the lock.
        _ = consume old
    }

    /// SHA-256 of the certificate now in use (DER), in lower-case hexadecimal: what `openssl x509 -fingerprint -sha256`
    /// shows, without colons.
    public var certificateSHA256: String { credentials.fingerprint }

    /// When the certificate now in use ends, in seconds since 1970.
    public var certificateEnd: Int { credentials.end }

    /// Whether the certificate now in use is its own issuer, not an authority's.
    public var isSelfSigned: Bool { credentials.isSelfSigned }

    /// What a handshake that starts now presents.
    var credentials: TLSCredentials { state.withLockedValue { $0 } }
}
