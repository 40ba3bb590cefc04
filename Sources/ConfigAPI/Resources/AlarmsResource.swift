internal import BridgeEngine
internal import COpenSSL

/// `/system/alarms`: what is wrong at the moment, in CMS's words.
///
/// There is one alarm: a complete configuration has had no connection for a while. It is derived from the bridge's
/// status, so it needs no state of its own.
struct AlarmsResource: Sendable {
    /// How long there may be no connection before there is an alarm.
    static let patience = Duration.seconds(10)

    /// The rows of the alarms that are active.
    static func rows(status: BridgeStatus, now: Timestamp) -> [Document.Row] {
        guard let outage = status.outage else { return [] }
        let begin = outage.since.advanced(by: patience)
        guard now >= begin else { return [] }
        return [
            Document.Row(
                id: id(boot: status.boot, since: outage.since),
                fields: [
                    .init("type", .text("xmppRegistrationFailure")),
                    .init("activeTimeSeconds", .integer(Int((now.milliseconds - begin.milliseconds) / 1000))),
                    .init("failureReason", .text(reason(of: status, outage))),
                ])
        ]
    }

    /// A GUID that stays the same while the outage lasts: a hash of what names it, in the form of RFC 9562 version 8.
    private static func id(boot: String, since: Timestamp) -> String {
        let name = Array("\(boot) \(since.milliseconds)".utf8)
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(name, name.count, &digest)
        digest[6] = 0x80 | (digest[6] & 0x0F)
        digest[8] = 0x80 | (digest[8] & 0x3F)
        let hex = digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
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
