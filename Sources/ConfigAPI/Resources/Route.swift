internal import HTTPTypes

/// What a path names.
enum Route: Sendable, Equatable {
    /// The XMPP configuration.
    case configuration
    /// The state of the XMPP connection.
    case status
    /// Trying settings without storing them.
    case check
    /// Connecting again.
    case reconnect
    /// The latest attempts to connect.
    case attempts
    /// One of them.
    case attempt(id: String)
    /// Who may log in at the XMPP server through the bridge.
    case login
    /// Asking whether a client may.
    case loginCheck
    /// The users who may log in.
    case users
    /// One of them.
    case user(id: String)
    /// What the server says of itself.
    case systemStatus
    /// The active alarms.
    case alarms
    /// One of them.
    case alarm(id: String)
    /// What happened.
    case events
    /// The contract itself.
    case openAPI
    /// Whether the process is well.
    case health
    /// Whether the server can do its work.
    case readiness
    /// What there is to count and measure.
    case metrics
    /// The server's front door, which leads to a page.
    case home
    /// The page with the settings.
    case configurationPage
    /// Trying what is entered on it.
    case checkPage
    /// The page with the state of the connection.
    case statusPage
    /// A file that the pages load.
    case webFile(WebFile)

    /// The methods that the node has; HEAD goes with GET.
    var methods: [HTTPRequest.Method] {
        switch self {
        // POST is PUT on this singleton.
        case .configuration, .login: [.get, .head, .put, .post]
        case .check, .reconnect, .loginCheck, .checkPage: [.post]
        case .users: [.get, .head, .post]
        case .user: [.get, .head, .put, .delete]
        case .status, .attempts, .attempt, .systemStatus, .alarms, .alarm, .events, .openAPI, .health:
            [.get, .head]
        case .readiness, .metrics, .home, .statusPage, .webFile: [.get, .head]
        case .configurationPage: [.get, .head, .post]
        }
    }

    /// Whether the node is for known users alone; what needs none tells nothing about the configuration.
    var needsUser: Bool {
        switch self {
        case .health, .openAPI: false
        case .configuration, .status, .check, .reconnect, .attempts, .attempt, .systemStatus, .alarms, .alarm,
            .events, .login, .loginCheck, .users, .user:
            true
        case .readiness: false
        case .metrics, .home, .configurationPage, .checkPage, .statusPage: true
        case .webFile: false
        }
    }

    /// Whether it is a page or a file of one, for people with a browser, and so no part of the API's contract.
    var isForPeople: Bool {
        switch self {
        case .home, .configurationPage, .checkPage, .statusPage, .webFile: true
        case .configuration, .status, .check, .reconnect, .attempts, .attempt, .systemStatus, .alarms, .alarm,
            .events, .login, .loginCheck, .users, .user, .openAPI, .health, .readiness, .metrics:
            false
        }
    }

    /// The nodes under `/api/v1`, in lower case, without those that have a name of their own in them.
    ///
    /// The configuration has two: the one that a Cisco Meeting Server has, and its short form.
    static let nodes: [String: Route] = [
        "system/configuration/xmpp": .configuration,
        "configuration/xmpp": .configuration,
        "system/configuration/xmpp/status": .status,
        "configuration/xmpp/status": .status,
        "system/configuration/xmpp/check": .check,
        "configuration/xmpp/check": .check,
        "system/configuration/xmpp/reconnect": .reconnect,
        "configuration/xmpp/reconnect": .reconnect,
        "system/configuration/xmpp/attempts": .attempts,
        "configuration/xmpp/attempts": .attempts,
        "system/configuration/xmpp/login": .login,
        "configuration/xmpp/login": .login,
        "system/configuration/xmpp/login/check": .loginCheck,
        "configuration/xmpp/login/check": .loginCheck,
        "users": .users,
        "system/status": .systemStatus,
        "openapi.yaml": .openAPI,
        "system/alarms": .alarms,
        "events": .events,
    ]

    /// The nodes at the root of the server.
    static let rootNodes: [String: Route] = {
        var nodes: [String: Route] = [
            "": .home, "healthz": .health, "readyz": .readiness, "metrics": .metrics,
            "configuration/general": .configurationPage, "configuration/general/check": .checkPage,
            "status/general": .statusPage,
        ]
        for file in WebFile.allCases { nodes[file.rawValue] = .webFile(file) }
        return nodes
    }()

    /// The paths of all nodes that have a name of their own, as they are mostly written.
    private static let paths: [String: Route] = {
        var paths: [String: Route] = [:]
        for (name, route) in nodes { paths["/api/v1/" + name] = route }
        for (name, route) in rootNodes { paths["/" + name] = route }
        return paths
    }()

    /// Finds what a raw path, still encoded, names.
    ///
    /// Case does not count, nor do doubled and trailing slashes: real clients send both. An escape matches nothing, so
    /// that no encoded slash, dot or NUL leads anywhere.
    static func find(_ path: String) throws(APIFailure) -> Route {
        if let route = paths[path] { return route }
        let segments = path.lowercased().split(separator: "/")
        guard segments.first == "api" else {
            guard let route = rootNodes[segments.joined(separator: "/")] else { throw .unrecognisedObject }
            return route
        }
        guard segments.count >= 2 else { throw .unrecognisedObject }
        guard segments[1] == "v1" else {
            let number = segments[1].dropFirst()
            let isVersion = segments[1].first == "v" && !number.isEmpty && number.allSatisfy(\.isNumber)
            throw isVersion ? .invalidVersion : .unrecognisedObject
        }
        let node = segments.dropFirst(2)
        if let route = nodes[node.joined(separator: "/")] { return route }
        if node.count == 3, node.prefix(2) == ["system", "alarms"], let id = node.last {
            return .alarm(id: String(id))
        }
        if let id = node.last {
            switch nodes[node.dropLast().joined(separator: "/")] {
            case .attempts: return .attempt(id: String(id))
            case .users: return .user(id: String(id))
            default: break
            }
        }
        throw .unrecognisedObject
    }
}
