internal import CGnuTLS
internal import NIOConcurrencyHelpers

/// The authorities whose client certificates are accepted.
///
/// GnuTLS does not promise that one list can be used on several threads at once, so its lock is held meanwhile; nothing
/// changes the list after `init`. Hence `@unchecked Sendable`.
final class ClientTrust: @unchecked Sendable {
    private let list: gnutls_x509_trust_list_t
    private let lock = NIOLock()

    /// More than this many certificates are no chain.
    private static let longestChain = 16

    /// Reads PEM text with one certificate or more.
    /// - Throws: `HTTPServerError` with the code `.badClientAuthorities`.
    init(authoritiesPEM: [UInt8]) throws {
        func failure(_ reason: String) -> HTTPServerError { HTTPServerError(.badClientAuthorities, reason) }
        var list: gnutls_x509_trust_list_t?
        guard gnutls_x509_trust_list_init(&list, 0) >= 0, let list else { throw failure("No memory") }
        let count = authoritiesPEM.withDatum {
            gnutls_x509_trust_list_add_trust_mem(list, $0, nil, GNUTLS_X509_FMT_PEM, 0, 0)
        }
        guard count > 0 else {
            gnutls_x509_trust_list_deinit(list, 1)
            throw failure(
                count < 0
                    ? "Cannot read the certificates: \(String(cString: gnutls_strerror(count)))"
                    : "There is no certificate in it")
        }
        self.list = list
    }

    deinit { gnutls_x509_trust_list_deinit(list, 1) }

    /// Why a session's client is not accepted, in a sentence; nil where it is: it showed a certificate of one of the
    /// authorities, valid now and for TLS clients.
    func problem(of session: gnutls_session_t?) -> String? {
        var length: UInt32 = 0
        guard let session, let shown = gnutls_certificate_get_peers(session, &length), length > 0 else {
            return "A client certificate is required, and none was shown."
        }
        var chain: [gnutls_x509_crt_t?] = []
        defer { for certificate in chain { gnutls_x509_crt_deinit(certificate) } }
        for index in 0..<min(Int(length), Self.longestChain) {
            var certificate: gnutls_x509_crt_t?
            var datum = shown[index]
            guard gnutls_x509_crt_init(&certificate) >= 0 else { return Self.unaccepted("there is no memory for it") }
            chain.append(certificate)
            guard gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER) >= 0 else {
                return Self.unaccepted("it can't be read")
            }
        }
        return verify(&chain).map(Self.unaccepted)
    }

    /// What is wrong with a chain, the client's own certificate first.
    private func verify(_ chain: inout [gnutls_x509_crt_t?]) -> String? {
        var status: UInt32 = 0
        let result = lock.withLock {
            var purpose = gnutls_typed_vdata_st(
                type: GNUTLS_DT_KEY_PURPOSE_OID,
                // Read only.
                data: UnsafeMutableRawPointer(mutating: cb_gnutls_client_purpose())?.assumingMemoryBound(
                    to: UInt8.self),
                size: 0)
            return gnutls_x509_trust_list_verify_crt2(
                list, &chain, UInt32(chain.count), &purpose, 1, 0, &status, nil)
        }
        guard result >= 0 else { return "it can't be verified" }
        func isSet(_ flag: gnutls_certificate_status_t) -> Bool { status & flag.rawValue != 0 }
        if status == 0 { return nil }
        if isSet(GNUTLS_CERT_EXPIRED) { return "it or its issuer has expired" }
        if isSet(GNUTLS_CERT_NOT_ACTIVATED) { return "it or its issuer is not valid yet" }
        if isSet(GNUTLS_CERT_PURPOSE_MISMATCH) { return "it is not for TLS clients" }
        if isSet(GNUTLS_CERT_SIGNER_NOT_FOUND) { return "no trusted authority has issued it" }
        return "its chain is not valid"
    }

    private static func unaccepted(_ reason: String) -> String { "The client certificate is not accepted: \(reason)." }
}
