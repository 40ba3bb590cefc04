/// A route's path as metrics and the log name it: never with what a client wrote into it.
enum RouteTemplate: Int, Sendable, CaseIterable {
    case configuration
    case status
    case check
    case reconnect
    case attempts
    case attempt
    case login
    case loginCheck
    case users
    case user
    case systemStatus
    case alarms
    case alarm
    case events
    case openAPI
    case health
    case readiness
    case metrics
    case home
    case configurationPage
    case checkPage
    case statusPage
    case webFile
    /// No route.
    case other

    /// The path, as `openapi.yaml` writes it; of two names the shorter.
    var path: String {
        switch self {
        case .configuration: "/api/v1/configuration/xmpp"
        case .status: "/api/v1/configuration/xmpp/status"
        case .check: "/api/v1/configuration/xmpp/check"
        case .reconnect: "/api/v1/configuration/xmpp/reconnect"
        case .attempts: "/api/v1/configuration/xmpp/attempts"
        case .attempt: "/api/v1/configuration/xmpp/attempts/{id}"
        case .login: "/api/v1/configuration/xmpp/login"
        case .loginCheck: "/api/v1/configuration/xmpp/login/check"
        case .users: "/api/v1/users"
        case .user: "/api/v1/users/{id}"
        case .systemStatus: "/api/v1/system/status"
        case .alarms: "/api/v1/system/alarms"
        case .alarm: "/api/v1/system/alarms/{id}"
        case .events: "/api/v1/events"
        case .openAPI: "/api/v1/openapi.yaml"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        case .home: "/"
        case .configurationPage: "/configuration/general"
        case .checkPage: "/configuration/general/check"
        case .statusPage: "/status/general"
        case .webFile: "/{file}"
        case .other: "other"
        }
    }
}

extension Route {
    /// The route without what a client wrote into it.
    var template: RouteTemplate {
        switch self {
        case .configuration: .configuration
        case .status: .status
        case .check: .check
        case .reconnect: .reconnect
        case .attempts: .attempts
        case .attempt: .attempt
        case .login: .login
        case .loginCheck: .loginCheck
        case .users: .users
        case .user: .user
        case .systemStatus: .systemStatus
        case .alarms: .alarms
        case .alarm: .alarm
        case .events: .events
        case .openAPI: .openAPI
        case .health: .health
        case .readiness: .readiness
        case .metrics: .metrics
        case .home: .home
        case .configurationPage: .configurationPage
        case .checkPage: .checkPage
        case .statusPage: .statusPage
        case .webFile: .webFile
        }
    }
}
