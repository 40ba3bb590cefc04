import Foundation
import Glibc
import TestSupport

/// Certificates for the tests, made with the `openssl` command line once per process: an authority that both sides
/// trust, another that nobody trusts, and what they signed. All keys are ECDSA P-256.
final class TestPKI: Sendable {
    private static let made = Result { try TestPKI() }

    /// The one of this process, made at first use.
    ///
    /// - Throws: `Program.Missing`, or `ServerProcess.Failure` with OpenSSL's words.
    static func shared() throws -> TestPKI { try made.get() }

    /// PEM file of the authority that both sides trust.
    let authority: String
    /// PEM file of the authority that nobody trusts.
    let otherAuthority: String
    /// PEM file of the first authority's revocation list; it names `ServerCertificate.revoked`.
    let revocationList: String
    /// PEM file of an older one, which is past the day of its replacement.
    let outdatedRevocationList: String
    /// PEM file of the other authority's revocation list.
    let otherRevocationList: String
    private let scratch: ScratchDirectory

    /// The files of a server certificate.
    func server(_ certificate: ServerCertificate) -> CertificateFiles { files(certificate.rawValue) }

    /// The files of a client certificate.
    func client(_ certificate: ClientCertificate) -> CertificateFiles { files(certificate.rawValue) }

    private func files(_ name: String) -> CertificateFiles { Self.files(name, scratch) }

    private static func files(_ name: String, _ scratch: ScratchDirectory) -> CertificateFiles {
        CertificateFiles(
            certificate: scratch.file("\(name).crt"), key: scratch.file("\(name).key"),
            combined: scratch.file("\(name).pem"))
    }

    private init() throws {
        let scratch = try ScratchDirectory("pki")
        self.scratch = scratch
        authority = try Self.makeAuthority("ca", "Test CA", scratch)
        otherAuthority = try Self.makeAuthority("other-ca", "Other CA", scratch)
        revocationList = scratch.file("ca.crl")
        outdatedRevocationList = scratch.file("ca-outdated.crl")
        otherRevocationList = scratch.file("other-ca.crl")

        for server in ServerCertificate.allCases {
            try Self.issue(
                server.rawValue, by: server == .otherAuthority ? "other-ca" : server == .selfSigned ? nil : "ca",
                commonName: server.commonName, names: server.names, purposes: server.purposes, days: server.days,
                scratch)
        }
        for client in ClientCertificate.allCases {
            try Self.issue(
                client.rawValue, by: client == .callbridgeOther ? "other-ca" : "ca", commonName: "cb1.example.test",
                names: "DNS:cb1.example.test,otherName:1.3.6.1.5.5.7.8.5;UTF8:cb1.example.test",
                purposes: client.purposes, days: (-1, 90), scratch)
        }

        let authorityOptions = ["ca", "-config", scratch.file("ca.cnf")]
        try Program.openssl.run(
            authorityOptions + ["-revoke", files(ServerCertificate.revoked.rawValue).certificate], in: scratch)
        try Program.openssl.run(authorityOptions + ["-gencrl", "-out", revocationList], in: scratch)
        try Program.openssl.run(
            authorityOptions + [
                "-gencrl", "-crl_lastupdate", Self.utc(days: -9), "-crl_nextupdate", Self.utc(days: -2), "-out",
                outdatedRevocationList,
            ], in: scratch)
        try Program.openssl.run(
            ["ca", "-config", scratch.file("other-ca.cnf"), "-gencrl", "-out", otherRevocationList], in: scratch)
    }

    // MARK: OpenSSL

    private static func makeAuthority(_ file: String, _ name: String, _ scratch: ScratchDirectory) throws -> String {
        let certificate = scratch.file("\(file).crt")
        try Program.openssl.run(
            newKey(scratch.file("\(file).key")) + [
                "-x509", "-days", "90", "-subj", "/CN=\(name)", "-out", certificate,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            ], in: scratch)
        // `openssl ca` is the one command of OpenSSL 3.0 that takes both dates, and keeps what a revocation list needs.
        try scratch.write("", to: "\(file).index")
        try scratch.write(
            """
            [ca]
            default_ca = this
            [this]
            certificate = \(certificate)
            private_key = \(scratch.file("\(file).key"))
            database = \(scratch.file("\(file).index"))
            new_certs_dir = \(try scratch.makeDirectory("\(file)-issued"))
            rand_serial = yes
            unique_subject = no
            default_md = sha256
            default_crl_days = 30
            policy = any
            [any]
            commonName = supplied

            """, to: "\(file).cnf")
        return certificate
    }

    private static func issue(
        _ name: String, by authority: String?, commonName: String, names: String?, purposes: String,
        days: (first: Int, last: Int), _ scratch: ScratchDirectory
    ) throws {
        let files = files(name, scratch)
        var extensions = [
            "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=\(purposes)",
        ]
        if let names { extensions.append("subjectAltName=\(names)") }

        if let authority {
            let request = scratch.file("\(name).csr")
            let extensionFile = try scratch.write(extensions.joined(separator: "\n") + "\n", to: "\(name).ext")
            try Program.openssl.run(newKey(files.key) + ["-subj", "/CN=\(commonName)", "-out", request], in: scratch)
            try Program.openssl.run(
                [
                    "ca", "-batch", "-notext", "-config", scratch.file("\(authority).cnf"), "-extfile", extensionFile,
                    "-in", request, "-out", files.certificate,
                    "-startdate", utc(days: days.first), "-enddate", utc(days: days.last),
                ], in: scratch)
        } else {
            try Program.openssl.run(
                newKey(files.key) + ["-x509", "-days", "90", "-subj", "/CN=\(commonName)", "-out", files.certificate]
                    + extensions.flatMap { ["-addext", $0] }, in: scratch)
        }
        let both = try [files.certificate, files.key].map { try String(contentsOfFile: $0, encoding: .utf8) }
        try scratch.write(both.joined(), to: "\(name).pem")
    }

    private static func newKey(_ path: String) -> [String] {
        ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]
    }

    /// A day from now as ASN.1 GeneralizedTime, which is what `openssl ca` takes.
    private static func utc(days: Int) -> String {
        var seconds = time(nil) + days * 86_400
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let fields = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
        return "\(parts.tm_year + 1900)" + fields.map { ($0 < 10 ? "0" : "") + "\($0)" }.joined() + "Z"
    }
}
