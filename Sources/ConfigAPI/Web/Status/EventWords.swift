internal import BridgeEngine

/// An event as a sentence.
struct EventWords: Sendable {
    let event: Event

    /// What happened, to whom, and by whom.
    var html: HTML {
        var html = what
        if let requester = event.requester, event.door == nil {
            html += ", by \(requester.user) from \(requester.address)"
        }
        if let detail = event.detail { html += ": \(detail)" }
        if event.count > 1 {
            html += " <span class=\"quiet\">– \(event.count) times"
            if let last = event.lastAt { html += ", the last one \(.time(last))" }
            html += "</span>"
        }
        return html
    }

    private var what: HTML {
        switch event.kind {
        case .configurationChanged: "XMPP configuration changed to revision \(revision)\(fields)"
        case .loginPolicyChanged: "Login policy changed to revision \(revision)\(fields)"
        case .reconnectRequested: "New connection asked for"
        case .userAdded: "API user \(name) added\(fields)"
        case .userChanged: "API user \(name) changed\(fields)"
        case .userRemoved: "API user \(name) removed"
        case .bridgeUserAdded: "Call Bridge user \(name) added"
        case .bridgeUserChanged: "Call Bridge user \(name) changed\(fields)"
        case .bridgeUserRemoved: "Call Bridge user \(name) removed"
        case .connected: "<span class=\"good\">Connected</span>\(jid)\(server)"
        case .connectionFailed: "<span class=\"bad\">Connection failed</span>\(server)\(reason)"
        case .connectionLost: "<span class=\"bad\">Connection lost</span>\(server)\(reason)"
        case .certificateChanged: "The server shows another certificate\(server)"
        case .certificateEndsSoon: "The server's certificate ends soon\(server)"
        case .duplicateSuspected: "Another connection seems to have our name\(server)"
        case .stopped: "Stopped"
        case .loginAccepted: "Login of \(name) <span class=\"good\">accepted</span>\(door)"
        case .loginRefused: "Login of \(name) <span class=\"bad\">refused</span>\(reason)\(door)"
        case .loginFailed: "Login of \(name) <span class=\"bad\">could not be decided</span>\(reason)\(door)"
        }
    }

    private var name: String { event.name ?? "some user" }
    private var revision: String { event.revision.map { "\($0)" } ?? "?" }
    private var fields: HTML? { event.fields.isEmpty ? nil : " (\(event.fields.joined(separator: ", ")))" }
    private var jid: HTML? { event.jid.map { " as \($0)" } }
    private var server: HTML? { event.server.map { " – \($0)" } }

    private var reason: HTML? {
        guard let reason = event.reason else { return nil }
        // Of a connection that was lost the step says nothing more.
        let step = event.step.flatMap(ConnectionStep.init(rawValue:))?.words
        return " (\(step.map { "\($0), " as HTML })<code>\(reason)</code>)"
    }

    private var door: HTML? {
        switch event.door {
        case .xmpp: ", asked by the XMPP server"
        case .api: ", asked by \(event.requester?.user ?? "somebody") from \(event.requester?.address ?? "somewhere")"
        case nil: nil
        }
    }
}
