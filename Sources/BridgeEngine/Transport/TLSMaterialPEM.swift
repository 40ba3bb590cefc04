internal import COpenSSL

/// The certificates and revocation lists of a PEM text. Owns them; a user that keeps one takes a reference of its own.
///
/// Only the files that wrap OpenSSL use it.
final class TLSMaterialPEM {
    private let infos: OpaquePointer

    /// Parses all blocks; a damaged one refuses the whole text, other kinds of blocks are passed over.
    init(_ pem: [UInt8], _ input: TLSMaterialError.Input) throws(TLSMaterialError) {
        OpenSSLError.clear()
        let infos: OpaquePointer? = pem.withUnsafeBytes { bytes in
            guard let count = Int32(exactly: bytes.count), let source = BIO_new_mem_buf(bytes.baseAddress, count) else {
                return nil
            }
            defer { BIO_free(source) }
            return PEM_X509_INFO_read_bio(source, nil, nil, nil)
        }
        let errors = OpenSSLError.drain()
        guard let infos else {
            throw TLSMaterialError(
                input, .unreadable, "\(input.noun) has a damaged PEM block: \(errors.summary)")
        }
        self.infos = infos
    }

    deinit {
        shim_sk_X509_INFO_free(infos)
    }

    /// The certificates (`X509 *`) in the order of the text, borrowed.
    var certificates: [OpaquePointer] {
        entries.compactMap { $0.pointee.x509 }
    }

    /// The revocation lists (`X509_CRL *`), borrowed.
    var revocationLists: [OpaquePointer] {
        entries.compactMap { $0.pointee.crl }
    }

    private var entries: [UnsafeMutablePointer<X509_INFO>] {
        (0..<shim_sk_X509_INFO_num(infos)).compactMap { shim_sk_X509_INFO_value(infos, $0) }
    }
}

extension TLSMaterialError.Input {
    /// What a sentence calls it.
    var noun: String {
        switch self {
        case .certificateChain: "the certificate file"
        case .privateKey: "the key file"
        case .trustRoots: "the trust file"
        case .revocationLists: "the file of revocation lists"
        case .library: "OpenSSL"
        }
    }
}
