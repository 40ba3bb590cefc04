internal import NIOConcurrencyHelpers

/// The sessions that servers offered to resume.
///
/// One belongs to each ``TLSMaterial``: what was agreed under other certificates, another trust or another check is never
/// resumed. Inside it the names count that the server has to prove, and each session is offered once (RFC 8446 §C.4), so
/// that a server which chokes on one is asked for a full handshake the next time.
final class TLSSessionCache: Sendable {
    /// Which sessions are interchangeable: those of servers that have to prove the same names.
    struct Key: Sendable, Hashable {
        let serverName: String
        let identity: ExpectedIdentity
    }

    /// How long a session is used, with all that were resumed from it: an hour. Then certificate, chain and revocation
    /// lists are looked at again.
    static let longest: Int64 = 3600
    /// How many sessions are kept; a bridge needs one for each of its servers.
    static let most = 64

    private let sessions = NIOLockedValueBox<[Key: TLSResumableSession]>([:])

    /// Keeps a session in place of an earlier one.
    func keep(_ session: TLSResumableSession, for key: Key) {
        sessions.withLockedValue { sessions in
            if sessions[key] == nil, sessions.count >= Self.most { sessions = [:] }
            sessions[key] = session
        }
    }

    /// Takes the session out, if there is one that is still good.
    func take(for key: Key, at now: Timestamp = .now()) -> TLSResumableSession? {
        let session = sessions.withLockedValue { $0.removeValue(forKey: key) }
        return session.flatMap { $0.expires * 1000 > now.milliseconds ? $0 : nil }
    }

    /// Forgets all sessions with servers of an XMPP domain.
    func forget(domain: String) {
        sessions.withLockedValue { sessions in
            sessions = sessions.filter { $0.key.identity.domain != domain }
        }
    }
}
