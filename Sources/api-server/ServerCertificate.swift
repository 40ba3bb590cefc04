internal import ConfigAPI
internal import Foundation

/// The certificate of the HTTPS listeners: self-signed, made at the first start and kept beside the database.
enum ServerCertificate {
    /// Loads `<database>.crt` and `<database>.key`, or makes them where neither is there.
    /// - Returns: the identity, and the certificate's path where it was made just now.
    static func selfSigned(besideDatabase database: String) throws -> (identity: ServerIdentity, madeAt: String?) {
        let paths = (certificate: database + ".crt", key: database + ".key")
        let exists = (
            certificate: FileManager.default.fileExists(atPath: paths.certificate),
            key: FileManager.default.fileExists(atPath: paths.key)
        )
        if exists.certificate != exists.key {
            let (there, missing) =
                exists.certificate ? (paths.certificate, paths.key) : (paths.key, paths.certificate)
            throw StartError(
                "\(there) is there, but \(missing) is not: restore it, or remove both to have new ones made.")
        }
        if !exists.certificate {
            let made = try SelfSignedCertificate.make(names: [ProcessInfo.processInfo.hostName])
            try write(made.keyPEM, to: paths.key, mode: 0o600)
            try write(made.certificatePEM, to: paths.certificate, mode: 0o644)
        }
        let identity = try ServerIdentity(
            certificatePEM: FileContents.bytes(paths.certificate, option: "The server's certificate"),
            keyPEM: FileContents.bytes(paths.key, option: "The server's key"))
        return (identity, exists.certificate ? nil : paths.certificate)
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: Int) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(bytes), attributes: [.posixPermissions: NSNumber(value: mode)])
        else { throw StartError("\(path) can't be written.") }
    }
}
