/// What `GET …/configuration/xmpp/status` answers, as far as tests look at it.
///
/// Written apart from the server's own types: a renamed field is a failed test.
struct ConnectionStatus: Decodable, Sendable, Equatable {
    /// The TLS connection to the XMPP server.
    struct TLS: Decodable, Sendable, Equatable {
        var version: String
        var cipher: String?
        /// The server asked for our certificate and got it.
        var mutual: Bool
        /// An earlier session was resumed.
        var resumed: Bool?
    }

    /// Why there is no connection, or why the last one ended.
    struct Failure: Decodable, Sendable, Equatable {
        var step: String
        var reason: String
        var detail: String
        /// When, RFC 3339.
        var at: String?
    }

    /// `notConfigured`, `connecting`, `connected`, `waiting` or `stopped`.
    var state: String
    /// Grows with each published status of one run.
    var sequence: Int?
    /// A random id of this run of the server.
    var boot: String?
    /// The configuration revision that this is about.
    var revision: Int
    var step: String?
    var missing: [String]?
    var sharedSecretSet: Bool?
    var jid: String?
    var server: String?
    var address: String?
    /// `override` or `srv`.
    var source: String?
    /// When this state began, RFC 3339.
    var since: String?
    var attempts: Int?
    var nextAttemptAt: String?
    var warnings: [String]?
    var tls: TLS?
    var lastFailure: Failure?
}
