/// All resources, by route.
struct APIResources: Sendable {
    let configuration: ConfigurationResource
    let status: ConnectionStatusResource
    let attempts: AttemptsResource
    let systemStatus: SystemStatusResource
    let alarms: AlarmsResource

    /// The resource of a route.
    subscript(route: Route) -> any APIResource {
        switch route {
        case .configuration: configuration
        case .status: status
        case .attempts, .attempt: attempts
        case .systemStatus: systemStatus
        case .alarms, .alarm: alarms
        case .health: HealthResource()
        }
    }
}
