internal import BridgeEngine

/// `/system/alarms`: what is wrong at the moment, in CMS's words.
///
/// There is one alarm: a complete configuration has had no connection for a while. It is derived from the bridge's
/// status, so it needs no state of its own.
struct AlarmsResource: APIResource {
    let bridge: any BridgeControl

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let rows = Self.rows(status: bridge.status)
        guard case .alarm(let id) = request.route else {
            let page = try Page(query: request.http.query)
            return request.success(Document("alarms", item: "alarm", rows, page) { $0 })
        }
        guard let row = rows.first(where: { $0.id == id }) else { throw .unrecognisedObject }
        return request.success(Document("alarm", row))
    }

    /// CMS's word for the one alarm that there is.
    static let type = "xmppRegistrationFailure"

    /// How long there may be no connection before there is an alarm.
    static let patience = Duration.seconds(10)

    /// The alarm, while it is active.
    struct Alarm: Sendable, Equatable {
        /// A GUID, the same while it lasts.
        let id: String
        /// For how long, in seconds.
        let activeSeconds: Int
        /// CMS's word.
        let failureReason: String
    }

    /// The one alarm that there can be.
    static func alarm(status: BridgeStatus, now: ContinuousClock.Instant = .now) -> Alarm? {
        guard let outage = status.outage else { return nil }
        let active = outage.since.duration(to: now) - patience
        guard active >= .zero else { return nil }
        return Alarm(
            id: guid(outage.id), activeSeconds: Int(active.components.seconds),
            failureReason: reason(of: status, outage))
    }

    /// The rows of the alarms that are active.
    static func rows(status: BridgeStatus, now: ContinuousClock.Instant = .now) -> [Document.Row] {
        guard let alarm = alarm(status: status, now: now) else { return [] }
        return [
            Document.Row(
                id: alarm.id,
                fields: [
                    .init("type", .text(type)), .init("activeTimeSeconds", .integer(alarm.activeSeconds)),
                    .init("failureReason", .text(alarm.failureReason)),
                ])
        ]
    }

    private static func guid(_ bytes: [UInt8]) -> String {
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        let groups = [hex[0..<4], hex[4..<6], hex[6..<8], hex[8..<10], hex[10..<16]]
        return groups.map { $0.joined() }.joined(separator: "-")
    }

    /// CMS's word for the failure; while nothing has failed yet, for the step that hangs.
    private static func reason(of status: BridgeStatus, _ outage: BridgeStatus.Outage) -> String {
        if let failure = outage.failure {
            if failure.reason == .serverShutdown || failure.condition == "resource-constraint" {
                return "serviceUnavailable"
            }
            if case .step(let step) = failure.stage { return word(for: step) }
            return "error"
        }
        return status.step.map(word) ?? "error"
    }

    private static func word(for step: ConnectionStep) -> String {
        switch step {
        case .srvLookup, .addressLookup: "dnsFailure"
        case .tcpConnect, .tlsHandshake, .streamOpen: "connectFailure"
        case .registration: "authenticationFailure"
        }
    }
}
