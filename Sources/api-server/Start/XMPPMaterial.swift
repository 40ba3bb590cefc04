internal import BridgeEngine

/// The certificates for the connection to the XMPP server, from the files that the options name.
struct XMPPMaterial {
    let tls: TLSMaterial
    /// About the key's file.
    let warning: StartWarning?

    /// Reads and checks the files.
    /// - Throws: `StartError` that names the option and the file.
    init(_ options: XMPPOptions) throws {
        let certificate = try options.certificate.map { try NamedFile($0, option: "--xmpp-certificate") }
        let key = try options.key.map { try NamedFile($0, option: "--xmpp-key") }
        let authorities = try options.caFile.map { try NamedFile($0, option: "--xmpp-ca-file") }
        let revocationLists = try options.crlFile.map { try NamedFile($0, option: "--xmpp-crl-file") }
        warning = key?.exposure
        do {
            tls = try TLSMaterial(
                certificateChainPEM: certificate?.bytes, privateKeyPEM: key?.bytes, trustRootsPEM: authorities?.bytes,
                revocationListsPEM: revocationLists?.bytes, verification: options.verify)
        } catch {
            let file =
                switch error.input {
                case .certificateChain: certificate
                case .privateKey: key
                case .trustRoots: authorities
                case .revocationLists: revocationLists
                case .library: NamedFile?.none
                }
            let place = file.map { "\($0.option) \($0.path)" } ?? "The certificates for the XMPP server"
            throw StartError("\(place): \(error.detail).")
        }
    }
}
