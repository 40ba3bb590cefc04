import COpenSSL

@testable import BridgeEngine

/// What is read out of a certificate: a subjectAltName extension of any bytes, against a strict reader of our own, or a
/// whole certificate of any bytes.
///
/// An input is a byte that chooses, and the bytes.
enum CertificateFuzz {
    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        let isWhole = input.bit()
        let bytes = input.remainder()
        guard let certificate = isWhole ? whole(bytes) : certificate(withNames: bytes) else {
            ERR_clear_error()
            return
        }
        defer {
            X509_free(certificate)
            ERR_clear_error()
        }
        let names = CertificateReader.names(of: certificate)
        try check(names)
        if !isWhole, let expected = DERNamesReader(bytes).names() {
            try FuzzFinding.unless(
                names.entries.map(Self.plain) == expected, "\(names.entries) are not \(expected)")
        }
        // A whole certificate differs from the next in its subject and dates as well.
        if isWhole { try checkDescription(certificate) }
    }

    private static func check(_ names: CertificateNames) throws(FuzzFinding) {
        for entry in names.entries {
            switch entry {
            case .dns(let name), .service(let name), .xmpp(let name):
                try FuzzFinding.unless(
                    !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) },
                    "\(name.debugDescription) counts as a name")
            case .address(let bytes):
                try FuzzFinding.unless(bytes.count == 4 || bytes.count == 16, "\(bytes) counts as an address")
            case .other: break
            }
        }
        for name in names.printable {
            try FuzzFinding.unless(
                TextRules.isOneLine(name) && name.utf8.count < 2000, "\(name.debugDescription) is printed")
        }
    }

    private static func checkDescription(_ certificate: OpaquePointer) throws(FuzzFinding) {
        let description = CertificateReader.describe(certificate)
        let names = [description.subject, CertificateReader.issuer(of: certificate)]
        for name in names {
            try FuzzFinding.unless(
                TextRules.isOneLine(name) && name.utf8.count < 1000, "\(name.debugDescription) is printed")
        }
        try FuzzFinding.unless(description.sha256.utf8.count == 64, "the digest \(description.sha256)")
        for date in [CertificateReader.notBefore(of: certificate), CertificateReader.notAfter(of: certificate)] {
            try FuzzFinding.unless(date.utf8.count == 20 && date.hasSuffix("Z"), "the date \(date)")
        }
        _ = CertificateReader.isAuthority(certificate)
        let identity = ExpectedIdentity(domain: "example.test", host: .loopback)
        let read = CertificateReader.names(of: certificate)
        let problems = CertificateProblem.missingNames(in: read, identity: identity)
        if let failure = CertificateProblem.failure(problems, names: read, subject: description.subject) {
            try FuzzFinding.unless(TextRules.isOneLine(failure.detail), failure.detail.debugDescription)
        }
    }

    /// What a strict reader can say of an entry.
    private static func plain(_ entry: CertificateNames.Entry) -> CertificateNames.Entry {
        if case .other = entry { .other("") } else { entry }
    }

    private static func whole(_ bytes: [UInt8]) -> OpaquePointer? {
        bytes.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            return d2i_X509(nil, &next, buffer.count)
        }
    }

    private static func certificate(withNames bytes: [UInt8]) -> OpaquePointer? {
        guard let certificate = X509_new(), let data = ASN1_OCTET_STRING_new() else { return nil }
        defer { ASN1_OCTET_STRING_free(data) }
        guard ASN1_OCTET_STRING_set(data, bytes, Int32(bytes.count)) == 1,
            let names = X509_EXTENSION_create_by_NID(nil, NID_subject_alt_name, 0, data)
        else {
            X509_free(certificate)
            return nil
        }
        defer { X509_EXTENSION_free(names) }
        X509_add_ext(certificate, names, -1)
        return certificate
    }
}
