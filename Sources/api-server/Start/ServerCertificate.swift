internal import ConfigAPI
internal import Foundation
internal import Glibc

/// The certificate of the HTTPS listeners: the administrator's, or a self-signed one of our own, made at the first start
/// and kept beside the database.
struct ServerCertificate {
    let identity: ServerIdentity
    /// About the key's file.
    let warning: StartWarning?
    /// What `save` writes.
    private let new: (certificatePEM: [UInt8], keyPEM: [UInt8], path: String, keyPath: String)?

    /// Loads the files that the options name.
    /// - Throws: `StartError` that names the options and the files.
    static func given(certificate: String, key: String) throws -> ServerCertificate {
        try load(NamedFile(certificate, option: "--tls-certificate"), NamedFile(key, option: "--tls-key"))
    }

    /// Loads `<database>.crt` and `<database>.key`, or makes them, in memory, where neither is there.
    /// - Parameter hosts: addresses that a new certificate names besides this machine's name and loopback.
    /// - Throws: `StartError` where only one is there, or they can't be used.
    static func own(besideDatabase database: String, hosts: [String]) throws -> ServerCertificate {
        let (path, keyPath) = (database + ".crt", database + ".key")
        switch (FileManager.default.fileExists(atPath: path), FileManager.default.fileExists(atPath: keyPath)) {
        case (true, true):
            return try load(
                NamedFile(path, option: "The server's certificate"), NamedFile(keyPath, option: "the server's key"))
        case (true, false): throw half(path, missing: keyPath)
        case (false, true): throw half(keyPath, missing: path)
        case (false, false):
            let made = try SelfSignedCertificate.make(names: [ProcessInfo.processInfo.hostName] + hosts)
            let identity = try ServerIdentity(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM)
            return ServerCertificate(
                identity: identity, warning: nil, new: (made.certificatePEM, made.keyPEM, path, keyPath))
        }
    }

    private static func half(_ path: String, missing: String) -> StartError {
        StartError("\(path) is there, but \(missing) is not: restore it, or remove both to have new ones made.")
    }

    private static func load(_ certificate: NamedFile, _ key: NamedFile) throws -> ServerCertificate {
        do {
            let identity = try ServerIdentity(certificatePEM: certificate.bytes, keyPEM: key.bytes)
            return ServerCertificate(identity: identity, warning: key.exposure, new: nil)
        } catch {
            // GnuTLS ends its sentences with a stop, we don't.
            let reason = "\(error)".trimmingCharacters(in: ["."])
            throw StartError("\(certificate.option) \(certificate.path), \(key.option) \(key.path): \(reason).")
        }
    }

    /// Writes a certificate that was made now, the key for its owner alone.
    /// - Returns: the certificate's path; nil where there was nothing to write.
    /// - Throws: `StartError`; then neither file is there.
    func save() throws -> String? {
        guard let new else { return nil }
        try Self.write(new.keyPEM, to: new.keyPath, mode: 0o600)
        do {
            try Self.write(new.certificatePEM, to: new.path, mode: 0o644)
        } catch {
            unlink(new.keyPath)
            throw error
        }
        return new.path
    }

    /// Makes a file that is not there yet.
    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        func failure() -> StartError { StartError("\(path) can't be written: \(SystemError.text(errno)).") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        // A key or certificate is some hundred bytes: the kernel takes all of it or says why not.
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            defer { unlink(path) }
            throw failure()
        }
    }
}
