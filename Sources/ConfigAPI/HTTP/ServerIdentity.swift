internal import NIOConcurrencyHelpers

/// The certificate and private key of an HTTPS listener; they can be exchanged while the server runs.
///
/// New connections get the new certificate; connections that are open keep the one they were made with.
public final class ServerIdentity: Sendable {
    private let state: NIOLockedValueBox<TLSCredentials>

    /// Reads the first certificate and key.
    ///
    /// - Parameters:
    ///   - certificatePEM: The server's certificate, followed by the intermediate ones if there are any.
    ///   - keyPEM: The unencrypted private key (PKCS #8, PKCS #1 or SEC 1).
    /// - Throws: `HTTPServerError` with the code `.badIdentity` when one of them cannot be read or the two do not
    ///   belong together.
    public init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws {
        state = NIOLockedValueBox(try TLSCredentials(certificatePEM: certificatePEM, keyPEM: keyPEM))
    }

    /// Exchanges certificate and key for all connections that start from now on.
    ///
    /// - Throws: The same as `init`; the old ones then stay in use.
    public func replace(certificatePEM: [UInt8], keyPEM: [UInt8]) throws {
        let new = try TLSCredentials(certificatePEM: certificatePEM, keyPEM: keyPEM)
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

    /// What a handshake that starts now presents.
    var credentials: TLSCredentials { state.withLockedValue { $0 } }
}
