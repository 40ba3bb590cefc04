internal import BridgeEngine

/// The certificate authorities of the HTTP service that decides about logins.
enum LoginAuthorities {
    /// Reads and checks the file.
    /// - Throws: `StartError` that names the option and the file.
    static func read(_ path: String) throws(StartError) -> [UInt8] {
        let file = try NamedFile(path, option: "--login-ca-file")
        do throws(TLSMaterialError) {
            _ = try TLSMaterial(certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: file.bytes)
        } catch {
            throw StartError("\(file.option) \(file.path): \(error.detail).")
        }
        return file.bytes
    }
}
