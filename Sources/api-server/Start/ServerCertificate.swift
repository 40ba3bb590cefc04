internal import BridgeEngine
internal import ConfigAPI
internal import Foundation
internal import Glibc

/// The certificate of the HTTPS listeners: the administrator's, or a self-signed one of our own, made at the first start
/// and kept beside the database.
struct ServerCertificate: Sendable {
    /// So long before its end, in seconds, our own certificate is made anew, and the end of another one is told.
    private static let lastDays = 30 * 86_400

    let identity: ServerIdentity
    /// Where it is, or will be once it is saved.
    let files: ServerCertificateFiles
    /// What `files` were before they were read; nil for a certificate that was made now.
    let seen: [FileFingerprint?]?
    /// About the key's file and the certificate's end.
    private(set) var warnings: [StartWarning]
    /// Whether it was made anew at this start.
    let isRenewed: Bool
    /// What `save` writes.
    private let new: (certificatePEM: [UInt8], keyPEM: [UInt8])?

    /// Loads the files that the options name.
    /// - Throws: `StartError` that names the options and the files.
    static func given(certificate: String, key: String, clientAuthorities: String?) throws -> ServerCertificate {
        try load(
            ServerCertificateFiles(
                certificate: certificate, key: key, clientAuthorities: clientAuthorities, isOwn: false))
    }

    /// Loads `<database>.crt` and `<database>.key`, or makes them, in memory, where neither is there.
    /// - Parameter hosts: addresses that a new certificate names besides this machine's name and loopback.
    /// - Throws: `StartError` where only one is there, or they can't be used.
    static func own(
        besideDatabase database: String, hosts: [String], clientAuthorities: String?
    ) throws -> ServerCertificate {
        let files = ServerCertificateFiles(
            certificate: database + ".crt", key: database + ".key", clientAuthorities: clientAuthorities, isOwn: true)
        let (path, keyPath) = (files.certificate, files.key)
        switch (FileManager.default.fileExists(atPath: path), FileManager.default.fileExists(atPath: keyPath)) {
        case (true, true):
            return try load(files)
        case (true, false): throw half(path, missing: keyPath)
        case (false, true): throw half(keyPath, missing: path)
        case (false, false):
            let made = try SelfSignedCertificate.make(names: [ProcessInfo.processInfo.hostName] + hosts)
            let authorities = try files.readClientAuthorities()
            let identity = try files.naming {
                try ServerIdentity(
                    certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, clientAuthoritiesPEM: authorities)
            }
            return ServerCertificate(
                identity: identity, files: files, seen: nil, warnings: [], isRenewed: false,
                new: (made.certificatePEM, made.keyPEM))
        }
    }

    private static func half(_ path: String, missing: String) -> StartError {
        StartError("\(path) is there, but \(missing) is not: restore it, or remove both to have new ones made.")
    }

    private static func load(_ files: ServerCertificateFiles, isRenewed: Bool = false) throws -> ServerCertificate {
        let seen = files.paths.map(FileFingerprint.init)
        let contents = try files.read()
        let identity = try files.naming {
            try ServerIdentity(
                certificatePEM: contents.certificatePEM, keyPEM: contents.keyPEM,
                clientAuthoritiesPEM: contents.clientAuthoritiesPEM)
        }
        let warnings = [contents.exposure, ending(identity, files)].compactMap(\.self)
        return ServerCertificate(
            identity: identity, files: files, seen: seen, warnings: warnings, isRenewed: isRenewed, new: nil)
    }

    /// Reads the files anew and puts them to use.
    /// - Returns: what an administrator should know.
    /// - Throws: `StartError` that names the file; then the old ones stay in use.
    func reload() throws -> [StartWarning] {
        let contents = try files.read()
        try files.naming {
            try identity.replace(
                certificatePEM: contents.certificatePEM, keyPEM: contents.keyPEM,
                clientAuthoritiesPEM: contents.clientAuthoritiesPEM)
        }
        return [contents.exposure, Self.ending(identity, files)].compactMap(\.self)
    }

    // MARK: Its end

    private static func secondsLeft(_ identity: ServerIdentity) -> Int { identity.certificateEnd - time(nil) }

    private static func ending(_ identity: ServerIdentity, _ files: ServerCertificateFiles) -> StartWarning? {
        guard secondsLeft(identity) < lastDays else { return nil }
        let end = Date(timeIntervalSince1970: TimeInterval(identity.certificateEnd))
        return StartWarning(
            message: "the certificate for HTTPS ends soon, or has ended",
            details: [LogKey.file: files.certificate, LogKey.end: end.formatted(.iso8601)])
    }

    /// Makes the self-signed certificate beside the database anew, for the same key and names, in its last 30 days; the
    /// file is then to be read again. One that an administrator has put there stays, unless it is self-signed too.
    /// - Returns: Whether it was made.
    /// - Throws: `StartError`; then the old file is still there.
    func renew() throws -> Bool {
        guard files.isOwn, identity.isSelfSigned, Self.secondsLeft(identity) < Self.lastDays else { return false }
        let contents = try files.read()
        let renewed = try files.naming {
            try SelfSignedCertificate.renew(certificatePEM: contents.certificatePEM, keyPEM: contents.keyPEM)
        }
        let path = files.certificate + ".new"
        unlink(path)
        try Self.write(renewed, to: path, mode: 0o644)
        guard rename(path, files.certificate) == 0 else {
            defer { unlink(path) }
            throw StartError("\(files.certificate) can't be replaced: \(SystemError.text(errno)).")
        }
        return true
    }

    /// Makes it anew, as `renew` does, before it is in use; where that fails, the old one goes on, with a warning.
    func renewedForStart() -> ServerCertificate {
        do {
            return try renew() ? Self.load(files, isRenewed: true) : self
        } catch {
            var old = self
            old.warnings.append(
                StartWarning(
                    message: "the self-signed certificate can't be made anew", details: [LogKey.error: "\(error)"]))
            return old
        }
    }

    // MARK: Writing

    /// Writes a certificate that was made now, the key for its owner alone.
    /// - Returns: the certificate's path; nil where there was nothing to write.
    /// - Throws: `StartError`; then neither file is there.
    func save() throws -> String? {
        guard let new else { return nil }
        try Self.write(new.keyPEM, to: files.key, mode: 0o600)
        do {
            try Self.write(new.certificatePEM, to: files.certificate, mode: 0o644)
        } catch {
            unlink(files.key)
            throw error
        }
        return files.certificate
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
