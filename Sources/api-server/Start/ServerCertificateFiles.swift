internal import ConfigAPI
internal import Foundation

/// Where the certificate of the HTTPS listeners comes from.
struct ServerCertificateFiles: Sendable {
    let certificate: String
    let key: String
    /// The authorities of client certificates; nil where clients need none.
    let clientAuthorities: String?
    /// Whether the first two are ours, beside the database, and not the administrator's.
    let isOwn: Bool

    /// What is in them.
    struct Contents {
        let certificatePEM: [UInt8]
        let keyPEM: [UInt8]
        let clientAuthoritiesPEM: [UInt8]?
        /// About the key's file.
        let exposure: StartWarning?
    }

    /// All of them.
    var paths: [String] { [certificate, key, clientAuthorities].compactMap(\.self) }

    private var certificateOption: String { isOwn ? "The server's certificate" : "--tls-certificate" }
    private var keyOption: String { isOwn ? "the server's key" : "--tls-key" }

    /// Reads them.
    /// - Throws: `StartError` that names the option and the file.
    func read() throws(StartError) -> Contents {
        let certificate = try NamedFile(certificate, option: certificateOption)
        let key = try NamedFile(key, option: keyOption)
        return Contents(
            certificatePEM: certificate.bytes, keyPEM: key.bytes, clientAuthoritiesPEM: try readClientAuthorities(),
            exposure: key.exposure)
    }

    /// Reads the third one, where there is one.
    func readClientAuthorities() throws(StartError) -> [UInt8]? {
        guard let clientAuthorities else { return nil }
        return try NamedFile(clientAuthorities, option: "--tls-client-ca").bytes
    }

    /// Uses what was read, and names the files where that fails.
    /// - Throws: `StartError`.
    func naming<Result>(_ use: () throws -> Result) throws -> Result {
        do {
            return try use()
        } catch let error as HTTPServerError {
            // GnuTLS ends its sentences with a stop, we don't.
            let reason = "\(error)".trimmingCharacters(in: ["."])
            if error.code == .badClientAuthorities, let clientAuthorities {
                throw StartError("--tls-client-ca \(clientAuthorities): \(reason).")
            }
            throw StartError("\(certificateOption) \(certificate), \(keyOption) \(key): \(reason).")
        }
    }
}
