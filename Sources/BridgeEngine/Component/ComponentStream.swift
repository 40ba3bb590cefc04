/// The component's side of one XML stream (XEP-0114): header, registration, stanzas, polite close.
///
/// Pure: events in, actions out. The caller asks for the header and for the registration when it is their turn, so that
/// each has its own time limit.
struct ComponentStream {
    private enum Phase {
        case idle
        case awaitingHeader
        /// The header is here; the handshake has not been sent.
        case open(streamID: String)
        case registering
        case registered
        /// The header had no id: a stream error may still say why.
        case refusingHeader
        /// We have closed our side.
        case closing
        case over
    }

    /// Ours; nothing follows it.
    static let closingTag = "</stream:stream>"
    private let identity: ComponentIdentity
    private let secret: Secret
    private var phase: Phase = .idle
    /// The id that the server has given the stream.
    private(set) var streamID: String?
    private var dropped = DroppedStanzas()
    private var liveness: Liveness
    private var logins: LoginRequests?

    /// - Parameter logins: nil: logins are not decided here.
    init(identity: ComponentIdentity, secret: Secret, liveness: Liveness, logins: LoginRequests? = nil) {
        self.identity = identity
        self.secret = secret
        self.liveness = liveness
        self.logins = logins
    }

    /// Always these bytes: no `version`, after which some servers send features first, no `from`, no `id`.
    static func header(to jid: String) -> String {
        "<?xml version='1.0'?><stream:stream xmlns='\(XMPPNamespace.component)' xmlns:stream='\(XMPPNamespace.stream)' "
            + "to='\(XMLText.escaped(jid))'>"
    }

    /// Takes an event and says what is to be done.
    mutating func handle(_ event: Event) -> [Action] {
        let actions = react(to: event)
        if case .registered = phase { return actions }
        return logins?.end() == true ? actions + [.cancelLogins] : actions
    }

    private mutating func react(to event: Event) -> [Action] {
        switch event {
        case .open:
            guard case .idle = phase else { return [] }
            phase = .awaitingHeader
            return [.send(Self.header(to: identity.jid))]
        case .register: return register()
        case .close: return close()
        case .closeTimedOut: return closeTimedOut()
        case .pingDue: return live(.pingDue)
        case .answersDue: return live(.answersDue)
        case .loginDecided(let number, let verdict): return logins?.decided(number, verdict) ?? []
        case .loginTimedOut(let number): return logins?.timedOut(number) ?? []
        case .received(.streamOpened(let header)): return opened(header)
        case .received(.element(let element)): return received(element)
        case .received(.streamClosed): return closedByPeer()
        case .received(.failed(let error)): return malformed(error)
        case .transportEnded: return transportEnded("The server closed the connection.")
        case .transportFailed(let detail): return transportEnded(detail)
        }
    }

    /// Stanzas dropped since the last call.
    mutating func takeDropped() -> DroppedStanzas {
        defer { dropped = DroppedStanzas() }
        return dropped
    }

    // MARK: What the link wants

    private mutating func register() -> [Action] {
        guard case .open(let streamID) = phase else { return [] }
        if streamID.isEmpty {
            phase = .refusingHeader
            return [.send(Self.closingTag), .startCloseTimer]
        }
        phase = .registering
        return [.send("<handshake>\(HandshakeDigest.hex(streamID: streamID, secret: secret))</handshake>")]
    }

    private mutating func close() -> [Action] {
        switch phase {
        case .idle:
            phase = .over
            return [.closeTransport]
        case .awaitingHeader, .open, .registering, .registered:
            phase = .closing
            return [.send(Self.closingTag), .startCloseTimer]
        case .refusingHeader:
            phase = .closing
            return []
        case .closing, .over: return []
        }
    }

    private mutating func closeTimedOut() -> [Action] {
        switch phase {
        case .refusingHeader: return fail(Self.withoutID)
        case .closing:
            phase = .over
            return [.closeTransport]
        case .idle, .awaitingHeader, .open, .registering, .registered, .over: return []
        }
    }

    // MARK: What the peer says

    private mutating func opened(_ header: XMLElement) -> [Action] {
        guard case .awaitingHeader = phase else { return [] }
        guard header.name == XMLName("stream", in: XMPPNamespace.stream) else {
            return fail(
                BridgeFailure(
                    .streamOpen, .protocolViolation,
                    "The server opened no XMPP stream: it sent an element \(StreamErrorReport.printable("\(header.name)"))."
                ))
        }
        streamID = header["id"]
        phase = .open(streamID: streamID ?? "")
        return [.opened]
    }

    private mutating func received(_ element: XMLElement) -> [Action] {
        if element.name == XMLName("error", in: XMPPNamespace.stream) { return streamError(element) }
        switch phase {
        case .registering where element.name == XMLName("handshake", in: XMPPNamespace.component):
            return handshake(element)
        case .registered:
            return stanza(element)
        case .idle, .awaitingHeader, .open, .registering, .refusingHeader, .closing, .over:
            // Features and the like: nothing that we asked for.
            return []
        }
    }

    private mutating func handshake(_ element: XMLElement) -> [Action] {
        guard (element["type"] ?? "").isEmpty else {
            let error = element.elements.first { $0.name.local == "error" }?.elements.first?.name.local ?? "an error"
            return fail(
                BridgeFailure(
                    .registration, .protocolViolation,
                    "The server refused the handshake: \(StreamErrorReport.printable(error))."))
        }
        phase = .registered
        return [.registered] + live(.start)
    }

    private mutating func stanza(_ stanza: XMLElement) -> [Action] {
        let from = stanza["from"]
        if stanza.name.local == "iq", let id = stanza["id"] {
            switch stanza["type"] {
            case "result", "error":
                let error = stanza.first(XMLName("error", in: XMPPNamespace.component))?.elements.first {
                    $0.name.namespace == XMPPNamespace.stanzaErrors
                }
                // An answer without an address is the server's.
                let target: Liveness.Target? =
                    from == identity.jid ? .ourselves : from == identity.domain || from == nil ? .domain : nil
                guard let target else { return drop(stanza) }
                let condition = stanza["type"] == "error" ? error?.name.local ?? "undefined-condition" : nil
                return live(.answered(target, id: id, error: condition))
            default:
                // Our own pings come back when the server routes them; nobody else speaks in our name.
                if from == identity.jid, !liveness.isOurs(id) || LoginStanza.isOne(stanza) { return drop(stanza) }
                if let actions = logins?.asked(stanza, identity) { return actions }
            }
        } else if from == identity.jid {
            return drop(stanza)
        }
        return ComponentStanza.answer(to: stanza, identity, decidesLogins: logins != nil).map { [.send($0)] }
            ?? drop(stanza)
    }

    private mutating func drop(_ stanza: XMLElement) -> [Action] {
        dropped.count(stanza.name)
        return []
    }

    private mutating func live(_ event: Liveness.Event) -> [Action] {
        guard case .registered = phase else { return [] }
        var actions: [Action] = []
        for action in liveness.handle(event) {
            switch action {
            case .ping(let target, let id):
                let to = target == .ourselves ? identity.jid : identity.domain
                actions.append(
                    .send(
                        "<iq type='get' from='\(XMLText.escaped(identity.jid))' to='\(XMLText.escaped(to))' id='\(id)'>"
                            + "<ping xmlns='\(XMPPNamespace.ping)'/></iq>"))
            case .startPingTimer(let delay): actions.append(.startPingTimer(delay))
            case .startAnswerTimer(let delay): actions.append(.startAnswerTimer(delay))
            case .cancelAnswerTimer: actions.append(.cancelAnswerTimer)
            case .suspectDuplicate(let isSuspected): actions.append(.suspectDuplicate(isSuspected))
            case .failed(let reason, let detail):
                actions += fail(BridgeFailure(.connected, reason, detail))
            }
        }
        return actions
    }

    private mutating func streamError(_ element: XMLElement) -> [Action] {
        if case .closing = phase { return [] }
        return fail(stage.map { StreamErrorReport(element).failure(at: $0, jid: identity.jid) })
    }

    private mutating func closedByPeer() -> [Action] {
        switch phase {
        case .closing:
            phase = .over
            return [.closeTransport]
        case .refusingHeader: return fail(Self.withoutID)
        case .idle, .awaitingHeader, .open, .registering, .registered:
            return fail(lost("The server closed the stream."))
        case .over: return []
        }
    }

    private mutating func malformed(_ error: XMLStreamError) -> [Action] {
        if case .closing = phase {
            phase = .over
            return [.closeTransport]
        }
        guard let stage else { return [] }
        let report =
            "<stream:error><\(error.condition.rawValue) xmlns='\(XMPPNamespace.streamErrors)'/></stream:error>"
        let failure =
            stage == .connected
            ? BridgeFailure(.connected, .streamError, condition: error.condition.rawValue, error.detail)
            : BridgeFailure(stage, .protocolViolation, error.detail)
        // Where our header has not been sent, or our closing tag has, there is no stream to say it in.
        return (isOursOpen ? [.send(report)] : []) + fail(failure)
    }

    private mutating func transportEnded(_ detail: String) -> [Action] {
        switch phase {
        case .refusingHeader: return fail(Self.withoutID)
        case .idle, .awaitingHeader, .open, .registering, .registered:
            let failure = lost(detail)
            phase = .over
            return failure.map { [.failed($0), .closeTransport] } ?? []
        case .closing:
            phase = .over
            return []
        case .over: return []
        }
    }

    // MARK: Failures

    /// Where the link stands; nil when its end is under way.
    private var stage: BridgeFailure.Stage? {
        switch phase {
        // Registration begins with our handshake: what comes in one read with the header is about the stream.
        case .idle, .awaitingHeader, .open: .step(.streamOpen)
        case .registering, .refusingHeader: .step(.registration)
        case .registered: .connected
        case .closing, .over: nil
        }
    }

    private func lost(_ detail: String) -> BridgeFailure? {
        stage.map { BridgeFailure($0, .connectionLost, detail) }
    }

    /// The server's header has no id.
    static let withoutID = BridgeFailure(
        .streamOpen, .protocolViolation, "The server's stream header has no id to prove the secret with.")

    private mutating func fail(_ failure: BridgeFailure?) -> [Action] {
        guard let failure else { return [] }
        let farewell: [Action] = isOursOpen ? [.send(Self.closingTag)] : []
        phase = .over
        return farewell + [.failed(failure), .closeTransport]
    }

    /// Whether our header has been sent and our closing tag has not.
    private var isOursOpen: Bool {
        switch phase {
        case .awaitingHeader, .open, .registering, .registered: true
        case .idle, .refusingHeader, .closing, .over: false
        }
    }
}
