internal import BridgeEngine

/// Who may log in at the XMPP server through the bridge.
public struct LoginPolicy: Sendable, Equatable {
    /// Whom to believe. The words are part of the HTTP contract and of the database.
    public enum Mode: String, Sendable, CaseIterable {
        /// Nobody.
        case nobody = "none"
        /// The Call Bridge's users with their passwords; see ``BridgeUser``.
        case users
        /// Whoever has a guest's name, with any password; `guest` and digits.
        case guests
        /// Both; a user whose name looks like a guest's needs the password.
        case usersAndGuests
        /// Whom the HTTP service at ``LoginPolicy/url`` accepts.
        case http
    }

    /// Whom to believe; default: nobody.
    public var mode: Mode
    /// The HTTP service that decides in the mode `http`, `https:` or, on loopback, `http:`.
    public var url: String?
    /// The XMPP hosts that may ask; empty: the domain and the hosts directly under it.
    public var hosts: [String]

    /// A policy with these values, which are taken as they are.
    public init(mode: Mode = .nobody, url: String? = nil, hosts: [String] = []) {
        self.mode = mode
        self.url = url
        self.hosts = hosts
    }
}
