@testable import BridgeEngine

/// A component's stream that is fed by a script, and what has come of it.
struct ComponentStreamRun {
    static let secret = "Tr0ub4dor&3-horse"
    private static let jid = "cb1.example.test"
    private static let domain = "example.test"

    /// Whether the server may have got to know the secret, so that its own words may hold it.
    var mayNameSecret = false

    private var stream: ComponentStream
    private let parser = XMLStreamParser()
    /// Reads what we send, as a server does; answers may be longer than what they answer.
    private let peer = XMLStreamParser(limits: XMLStreamLimits(stanza: 8 << 20))
    private var sent: [XMLStreamParser.Event] = []
    private var pings: [(id: String, to: String)] = []
    private var isRegistering = false
    private var isRegistered = false
    private var hasOpened = false
    private var hasFailed = false
    private var closeTimers = 0
    private var isPingTimed = false
    private var isAnswerTimed = false
    private var isTransportClosed = false
    /// The questions about logins that wait for their verdict; nil once they have had their answer.
    private var logins: [LoginRequests.Number: XMLElement?] = [:]
    private var lastLogin: LoginRequests.Number = 0

    init(pings: Bool, hasVersion: Bool, decidesLogins: Bool) {
        var software = SoftwareVersion()
        if hasVersion {
            software.name = "<Call & bridge>"
            software.version = "1.0 'beta' \"2\""
        }
        stream = ComponentStream(
            identity: ComponentIdentity(jid: Self.jid, domain: Self.domain, software: software),
            secret: Secret(Self.secret), liveness: Liveness(interval: pings ? .seconds(30) : .zero, idPrefix: "p-"),
            logins: decidesLogins ? LoginRequests { LoginHosts() } : nil)
    }

    // MARK: What happens

    /// Goes through the registration that each connection begins with.
    mutating func register() throws(FuzzFinding) {
        try handle(.open)
        try receive(Array(XMLPiecesFuzz.header.utf8))
        try handle(.register)
        try receive(Array("<handshake/>".utf8))
    }

    /// One step of a script.
    mutating func step(_ number: UInt8, _ input: inout FuzzInput) throws(FuzzFinding) {
        switch number % 15 {
        case 0: try handle(.open)
        case 1: try handle(.register)
        case 2: try handle(.close)
        case 3: try handle(.closeTimedOut)
        case 4 where isPingTimed:
            isPingTimed = false
            try handle(.pingDue)
        case 5 where isAnswerTimed:
            isAnswerTimed = false
            try handle(.answersDue)
        case 6: try handle(.transportEnded)
        case 4, 5, 7: break
        case 8: try receive(Array(XMLPiecesFuzz.header.utf8))
        case 9: try receive(Array("<handshake/>".utf8))
        case 10:
            if let ping = ping(&input) {
                try receive(Array("<iq type='result' from='\(ping.to)' to='\(Self.jid)' id='\(ping.id)'/>".utf8))
            }
        case 11:
            if let ping = ping(&input) {
                let conditions = [
                    "remote-server-timeout", "remote-server-not-found", "service-unavailable", "conflict",
                ]
                let condition = conditions[input.number(below: conditions.count)]
                try receive(
                    Array(
                        ("<iq type='error' from='\(ping.to)' to='\(Self.jid)' id='\(ping.id)'><error type='cancel'>"
                            + "<\(condition) xmlns='\(XMPPNamespace.stanzaErrors)'/></error></iq>").utf8))
            }
        case 13:
            let number = login(&input)
            let verdicts: [LoginVerdict] = [.accepted, .refused(.notAuthorized), .failed(.storeFailed)]
            try answer(number, by: .loginDecided(number, verdicts[input.number(below: verdicts.count)]))
            logins[number] = nil
        case 14:
            let number = login(&input)
            try answer(number, by: .loginTimedOut(number))
            if logins[number] != nil { logins[number] = .some(nil) }
        default:
            // The server routes our ping to ourselves.
            if let ping = ping(&input) {
                try receive(
                    Array(
                        ("<iq type='get' from='\(Self.jid)' to='\(ping.to)' id='\(ping.id)'>"
                            + "<ping xmlns='urn:xmpp:ping'/></iq>").utf8))
            }
        }
    }

    private func ping(_ input: inout FuzzInput) -> (id: String, to: String)? {
        pings.isEmpty ? nil : pings[pings.count - 1 - input.number(below: min(pings.count, 4))]
    }

    /// A question about a login, or the next one, which nobody has asked yet.
    private func login(_ input: inout FuzzInput) -> LoginRequests.Number {
        let known = logins.keys.sorted() + [lastLogin + 1]
        return known[input.number(below: known.count)]
    }

    private mutating func answer(
        _ number: LoginRequests.Number, by event: ComponentStream.Event
    ) throws(FuzzFinding) {
        let (known, question) = (sent.count, logins[number] ?? nil)
        try handle(event)
        guard let question else {
            return try FuzzFinding.unless(sent.count == known, "an answer to no question")
        }
        try FuzzFinding.unless(sent.count == known + 1, "a verdict has led to \(sent.count - known) answers")
        try checkAnswer(to: question, Array(sent[known...]))
    }

    /// The server sends bytes, in one read. As with a connection, the whole read is judged before anything is done.
    mutating func receive(_ bytes: [UInt8]) throws(FuzzFinding) {
        for event in parser.parse(bytes) { try handle(.received(event)) }
    }

    private mutating func handle(_ event: ComponentStream.Event) throws(FuzzFinding) {
        let before = self
        let actions = stream.handle(event)
        let known = sent.count
        for action in actions { try perform(action, before: before) }
        try FuzzFinding.unless(actions.count <= 40, "\(actions.count) actions for one event")
        if case .received(.element(let element)) = event, before.isRegistered, !before.isEnding, !hasFailed {
            if lastLogin == before.lastLogin {
                try checkAnswer(to: element, Array(sent[known...]))
            } else {
                try FuzzFinding.unless(sent.count == known, "a login was answered before it was decided")
                logins[lastLogin] = element
            }
        }
        try FuzzFinding.unless(logins.isEmpty || !isEnding, "logins are decided for nobody")
        if case .received(.failed) = event, !before.isEnding {
            try FuzzFinding.unless(hasFailed, "a stream that can't be read is kept")
        }
        if case .transportEnded = event, !before.isEnding {
            try FuzzFinding.unless(hasFailed, "a lost connection is not told")
        }
    }

    // MARK: What comes of it

    private var isEnding: Bool { hasFailed || isTransportClosed || closeTimers > 0 }

    private mutating func perform(_ action: ComponentStream.Action, before: Self) throws(FuzzFinding) {
        if isTransportClosed, action != .cancelLogins {
            throw FuzzFinding(description: "\(action) after the transport was closed")
        }
        switch action {
        case .send(let text): try send(text)
        case .opened:
            try FuzzFinding.unless(!hasOpened && !isEnding, "opened at the wrong time")
            hasOpened = true
        case .registered:
            try FuzzFinding.unless(isRegistering && !isRegistered && !isEnding, "registered at the wrong time")
            isRegistered = true
        case .failed(let failure):
            try FuzzFinding.unless(!hasFailed, "a second failure")
            hasFailed = true
            try check(failure, before)
        case .startCloseTimer:
            closeTimers += 1
            try FuzzFinding.unless(closeTimers == 1 && !hasFailed, "closed twice")
        case .startPingTimer(let delay), .startAnswerTimer(let delay):
            try FuzzFinding.unless(delay > .zero && isRegistered && !isEnding, "a ping timer at the wrong time")
            if case .startPingTimer = action { isPingTimed = true } else { isAnswerTimed = true }
        case .cancelAnswerTimer, .suspectDuplicate:
            if case .cancelAnswerTimer = action { isAnswerTimed = false }
            try FuzzFinding.unless(isRegistered && !isEnding, "\(action) at the wrong time")
        case .decideLogin(let number, let request):
            try FuzzFinding.unless(isRegistered && !isEnding && number == lastLogin + 1, "a login at the wrong time")
            lastLogin = number
            logins[number] = .some(nil)
            try check(request)
        case .noteLogin:
            try FuzzFinding.unless(isRegistered && !isEnding, "\(action) at the wrong time")
        case .cancelLogins:
            try FuzzFinding.unless(!logins.isEmpty && isEnding, "\(action) at the wrong time")
            logins = [:]
        case .closeTransport: isTransportClosed = true
        }
    }

    private func check(_ request: LoginRequest) throws(FuzzFinding) {
        try FuzzFinding.unless(
            (1...1023).contains(request.username.utf8.count) && request.password.count <= 1024
                && (1...1023).contains(request.resource?.utf8.count ?? 1), "a login that should not be read")
        try FuzzFinding.unless(
            request.host != Self.jid && LoginHosts().allow(request.host, for: Self.domain), "\(request.host) asks")
    }

    private mutating func send(_ text: String) throws(FuzzFinding) {
        try FuzzFinding.unless(!hasFailed, "something was sent after a failure: \(text)")
        try FuzzFinding.unless(sent.last != .streamClosed, "something was sent after our closing tag: \(text)")
        try FuzzFinding.unless(mayNameSecret || !Self.holdsSecret(Array(text.utf8)), "the secret was sent")
        let events = peer.parse(Array(text.utf8))
        // A header, a stanza or the closing tag: never half of one, never two.
        try FuzzFinding.unless(events.count == 1, "\(text) is read as \(events)")
        sent += events
        switch events[0] {
        case .streamOpened(let header):
            try FuzzFinding.unless(text == ComponentStream.header(to: Self.jid), "another header")
            try FuzzFinding.unless(header["to"] == Self.jid, "a header to somebody else")
        case .element(let element): try check(element)
        case .streamClosed: break
        case .failed(let error): throw FuzzFinding(description: "\(text) is refused: \(error.detail)")
        }
    }

    private mutating func check(_ element: XMLElement) throws(FuzzFinding) {
        switch element.name {
        case XMLName("handshake", in: XMPPNamespace.component):
            try FuzzFinding.unless(!isRegistering && hasOpened, "a handshake at the wrong time")
            isRegistering = true
            let isHexadecimal = element.text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
            try FuzzFinding.unless(element.text.utf8.count == 40 && isHexadecimal, "no digest: \(element.text)")
            try FuzzFinding.unless(element.attributes.isEmpty, "a handshake with attributes")
        case XMLName("error", in: XMPPNamespace.stream):
            try FuzzFinding.unless(element.elements.count == 1, "a stream error without one condition")
        case XMLName("iq", in: XMPPNamespace.component), XMLName("presence", in: XMPPNamespace.component):
            try FuzzFinding.unless(isRegistered, "a stanza before the registration")
            try FuzzFinding.unless(!(element["to"] ?? "").isEmpty, "a stanza to nobody")
            let from = (element["from"] ?? "").lowercased()
            let domain = from.split(separator: "/").first.map { $0.split(separator: "@").last ?? "" } ?? ""
            try FuzzFinding.unless(domain == Self.jid, "a stanza from \(from)")
            if element["type"] == "get" {
                pings.append((element["id"] ?? "", element["to"] ?? ""))
                try FuzzFinding.unless(
                    [Self.jid, Self.domain].contains(element["to"])
                        && element.elements.map(\.name) == [XMLName("ping", in: XMPPNamespace.ping)],
                    "a question that is no ping")
            }
        default: throw FuzzFinding(description: "\(element.name) was sent")
        }
    }

    /// A request gets one answer, with its id and back to where it came from; nothing else gets any.
    private func checkAnswer(to stanza: XMLElement, _ sent: [XMLStreamParser.Event]) throws(FuzzFinding) {
        let answers = sent.compactMap { event in
            if case .element(let element) = event, element["type"] != "get" { element } else { nil }
        }
        let (from, type) = (stanza["from"] ?? "", stanza["type"])
        let isToUs = stanza["to"] == nil || stanza["to"] == Self.jid
        let isRequest = stanza.name == XMLName("iq", in: XMPPNamespace.component) && (type == "get" || type == "set")
        let isSubscription = stanza.name == XMLName("presence", in: XMPPNamespace.component) && type == "subscribe"
        if isToUs, isRequest, !from.isEmpty, from != Self.jid, stanza["id"] != nil {
            try FuzzFinding.unless(answers.count == 1, "a request got \(answers.count) answers")
        }
        try FuzzFinding.unless(
            answers.isEmpty || answers.count == 1 && (isRequest || isSubscription), "\(stanza.name) was answered")
        for answer in answers {
            try FuzzFinding.unless(answer.name == stanza.name, "\(stanza.name) was answered with \(answer.name)")
            try FuzzFinding.unless(Self.same(answer["to"], from), "an answer to somebody else")
            try FuzzFinding.unless(Self.same(answer["from"], stanza["to"] ?? Self.jid), "an answer of somebody else")
            try FuzzFinding.unless(
                isSubscription && answer["type"] == "unsubscribed"
                    || isRequest && ["result", "error"].contains(answer["type"])
                        && Self.same(answer["id"], stanza["id"]),
                "not the answer to a request: \(answer)")
        }
    }

    private static func same(_ left: String?, _ right: String?) -> Bool {
        (left ?? "").utf8.elementsEqual((right ?? "").utf8)
    }

    private func check(_ failure: BridgeFailure, _ before: Self) throws(FuzzFinding) {
        try FuzzFinding.unless(TextRules.isSentence(failure.detail), "not a sentence: \(failure.detail)")
        try FuzzFinding.unless(
            mayNameSecret || !Self.holdsSecret(Array(failure.detail.utf8)), "a failure names the secret")
        try FuzzFinding.unless(
            (failure.stage == .connected) == before.isRegistered, "\(failure.stage) is not where the link stood")
        if let condition = failure.condition {
            // RFC 6120 §4.9.3, ours included.
            try FuzzFinding.unless(StreamErrorCondition(rawValue: condition) != nil, "\(condition) is no condition")
        }
    }

    /// Whether it holds the part of the secret that no escape changes.
    static func holdsSecret(_ bytes: [UInt8]) -> Bool {
        let marker = Array(secret.utf8.prefix { $0 != UInt8(ascii: "&") })
        return bytes.indices.contains { bytes[$0] == marker[0] && bytes[$0...].starts(with: marker) }
    }

    /// After the end of the transport nothing is open any more.
    func checkEnd() throws(FuzzFinding) {
        try FuzzFinding.unless(hasFailed || closeTimers > 0 || isTransportClosed, "nobody was told of the end")
    }
}
