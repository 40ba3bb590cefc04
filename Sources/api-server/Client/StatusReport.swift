/// The state of a server's connection, as its API tells it.
///
/// Words are kept as they come: another version may have others.
struct StatusReport: Decodable, Equatable {
    /// The TLS session with the XMPP server.
    struct TLS: Decodable, Equatable {
        /// What the XMPP server showed.
        struct Certificate: Decodable, Equatable {
            let subject: String
            let subjectAltNames: [String]?
            let notAfter: String
        }

        let version: String
        let cipher: String
        let mutual: Bool
        let peerCertificate: Certificate?
    }

    /// Why an attempt failed or a connection ended.
    struct Failure: Decodable, Equatable {
        let step: String
        let reason: String
        let detail: String
        let at: String?
    }

    /// What became of the logins that the server has asked about since connected.
    struct Logins: Decodable, Equatable {
        let accepted: Int
        let refused: Int
        let failed: Int
    }

    let state: String
    let step: String?
    let revision: Int
    let sharedSecretSet: Bool?
    let missing: [String]?
    let jid: String?
    let server: String?
    let address: String?
    let source: String?
    let since: String?
    let tls: TLS?
    let attempts: Int?
    let lastFailure: Failure?
    let nextAttemptAt: String?
    let loginRequests: Logins?
    let warnings: [String]?
}
