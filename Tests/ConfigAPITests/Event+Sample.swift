@testable import BridgeEngine
@testable import ConfigAPI

extension Event {
    /// An attempt that failed.
    static func failed(
        _ reason: FailureReason = .connectionRefused, outage: String = "o", revision: Int = 1, at seconds: Int64 = 0
    ) -> Event {
        var event = Event(.connectionFailed, at: Timestamp(milliseconds: seconds * 1000))
        event.revision = revision
        event.jid = "cb1.example.test"
        event.server = "xmpp.example.test:5223"
        event.step = "tcpConnect"
        event.reason = reason.rawValue
        event.detail = "At \(seconds) <nobody> listened."
        event.outage = outage
        return event
    }

    /// A login that was refused, twice.
    static var loginRefused: Event {
        var event = Event(.loginRefused, at: Timestamp(milliseconds: 0))
        event.requester = Requester(user: "gate", address: "192.0.2.7")
        event.name = "alice@example.test"
        event.reason = LoginVerdict.Refusal.notAuthorized.rawValue
        event.door = .api
        event.count = 2
        event.lastAt = Timestamp(milliseconds: 1000)
        return event
    }

    /// Somebody's change.
    static var change: Event {
        var event = Event(.configurationChanged, at: Timestamp(milliseconds: 1_795_407_611_532))
        event.requester = Requester(user: "zoë", address: "192.0.2.7")
        event.fields = ["domain", "sharedSecret"]
        event.revision = 7
        return event
    }
}
