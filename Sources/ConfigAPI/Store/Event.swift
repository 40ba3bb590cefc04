internal import BridgeEngine

/// Something worth remembering: what somebody changed, what became of the connection, or who logged in. Never holds a
/// secret.
struct Event: Sendable, Equatable {
    /// What happened. The words are part of the HTTP contract and of the database.
    enum Kind: String, Sendable, CaseIterable {
        /// Somebody changed the XMPP configuration.
        case configurationChanged
        /// Somebody changed who may log in through the bridge.
        case loginPolicyChanged
        /// Somebody asked for a new connection to the XMPP server.
        case reconnectRequested
        /// A user of the API was added, changed or removed.
        case userAdded, userChanged, userRemoved
        /// A user of the Call Bridge was added, changed or removed.
        case bridgeUserAdded, bridgeUserChanged, bridgeUserRemoved
        /// The component is registered.
        case connected
        /// An attempt to connect failed.
        case connectionFailed
        /// The connection was lost.
        case connectionLost
        /// The server showed another certificate than before.
        case certificateChanged
        /// The server's certificate ends soon.
        case certificateEndsSoon
        /// Another connection seems to have our name.
        case duplicateSuspected
        /// The bridge has been stopped.
        case stopped
        /// A client may log in.
        case loginAccepted
        /// A client may not log in.
        case loginRefused
        /// It could not be found out whether a client may log in.
        case loginFailed

        /// What it is kept and removed with.
        var sort: Sort {
            switch self {
            case .configurationChanged, .loginPolicyChanged, .userAdded, .userChanged, .userRemoved: .change
            case .bridgeUserAdded, .bridgeUserChanged, .bridgeUserRemoved: .bridgeUsers
            case .reconnectRequested: .wish
            case .connected, .connectionFailed, .connectionLost, .certificateChanged, .certificateEndsSoon,
                .duplicateSuspected, .stopped:
                .connection
            case .loginAccepted: .loginAccepted
            case .loginRefused: .loginRefused
            case .loginFailed: .loginFailed
            }
        }
    }

    /// Events that can push out one another, and no others.
    enum Sort: CaseIterable {
        /// What somebody changed, and whatever a later version knows.
        case change
        /// Wishes for a new connection.
        case wish
        /// Changes of the Call Bridge's users, of whom there may be very many.
        case bridgeUsers
        case connection
        /// Each by itself: who tries names can't push out who got in.
        case loginAccepted, loginRefused, loginFailed
    }

    /// The failures that are one event, with a count: those of one outage and one configuration, with the same step and
    /// reason.
    struct RepeatKey: Sendable, Hashable {
        let outage: String
        let revision: Int
        let step: String
        let reason: String
    }

    let kind: Kind
    /// When it happened, for the first time.
    var at: Timestamp
    /// Who did it; nil where it was the command line, or nobody.
    var requester: Requester?
    /// The user whom it is about: of the API by the name, of the Call Bridge by the JID, of a login by the client's bare
    /// JID as it was sent.
    var name: String?
    /// What was changed.
    var fields: [String] = []
    /// The configuration's revision; of ``Kind/loginPolicyChanged`` the login policy's.
    var revision: Int?
    /// The component's JID.
    var jid: String?
    /// The XMPP server, `host:port`.
    var server: String?
    /// Where it failed, in the contract's words.
    var step: String?
    /// Why it failed, in the contract's words.
    var reason: String?
    /// A sentence for an administrator.
    var detail: String?
    /// How often it happened.
    var count = 1
    /// When it happened for the last time, if it did more than once.
    var lastAt: Timestamp?
    /// Names the outage in which an attempt failed.
    var outage: String?
    /// Which way a login came.
    var door: LoginDoor?

    init(_ kind: Kind, at: Timestamp = .now()) {
        self.kind = kind
        self.at = at
    }

    /// Whether it may stand for several.
    var isCounted: Bool {
        switch kind.sort {
        case .loginAccepted, .loginRefused, .loginFailed: true
        case .connection: kind == .connectionFailed
        case .change, .wish, .bridgeUsers: false
        }
    }

    /// Of an attempt that failed; nil for whatever is never counted together.
    var repeatKey: RepeatKey? {
        guard let outage, let revision, let step, let reason else { return nil }
        return RepeatKey(outage: outage, revision: revision, step: step, reason: reason)
    }

    /// Counts a later event of the same key.
    mutating func add(_ later: Event) {
        count += later.count
        lastAt = later.lastAt ?? later.at
        detail = later.detail
    }
}
