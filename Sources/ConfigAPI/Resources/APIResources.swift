/// All resources, by route.
struct APIResources: Sendable {
    let configuration: ConfigurationResource
    let status: ConnectionStatusResource
    let check: CheckResource
    let reconnect: ReconnectResource
    let attempts: AttemptsResource
    let login: LoginResource
    let loginCheck: LoginCheckResource
    let users: UsersResource
    let systemStatus: SystemStatusResource
    let alarms: AlarmsResource
    let events: EventsResource
    let readiness: ReadinessResource
    let metrics: MetricsResource
    let configurationPage: ConfigurationPageResource
    let checkPage: CheckPageResource
    let statusPage: StatusPageResource

    /// The resource of a route.
    subscript(route: Route) -> any APIResource {
        switch route {
        case .configuration: configuration
        case .status: status
        case .check: check
        case .reconnect: reconnect
        case .attempts, .attempt: attempts
        case .login: login
        case .loginCheck: loginCheck
        case .users, .user: users
        case .systemStatus: systemStatus
        case .alarms, .alarm: alarms
        case .openAPI: OpenAPIResource()
        case .events: events
        case .health: HealthResource()
        case .readiness: readiness
        case .metrics: metrics
        case .home: HomeResource()
        case .configurationPage: configurationPage
        case .checkPage: checkPage
        case .statusPage: statusPage
        case .webFile: WebFileResource()
        }
    }
}
