internal import Glibc
internal import NIOCore

/// The end of a connection's pipeline: drives a ``ComponentStream`` with what the transport brings, and tells the link.
///
/// Lives on the channel's event loop.
final class ComponentHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the link learns.
    enum Report {
        case secured(TLSSessionInfo)
        case opened
        case registered
        /// Whether another connection seems to have our name.
        case duplicateSuspected(Bool)
        case login(LoginFact)
        case failed(BridgeFailure)
        /// The channel has ended; always the last report.
        case ended
    }

    private let closeLimit: Duration
    private let logins: LoginTasks?
    private let countDropped: (DroppedStanzas) -> Void
    private var stream: ComponentStream
    private let parser = XMLStreamParser()
    private var context: ChannelHandlerContext?
    private var report: ((Report) -> Void)?
    private var closeTimer: Scheduled<Void>?
    private var pingTimer: Scheduled<Void>?
    private var answerTimer: Scheduled<Void>?
    private var isSecured = false
    private var isRegistered = false
    /// Whether our closing tag has been sent.
    private var isClosed = false
    /// How many `perform` calls are under way, each inside the other.
    private var performing = 0
    private var hasEnded = false

    /// - Parameters:
    ///   - logins: decides about logins, where the stream asks for that.
    ///   - countDropped: called on the event loop with the stanzas that a read has brought for nothing.
    ///   - report: called on the event loop; released with the last report.
    init(
        stream: ComponentStream, closeLimit: Duration, logins: LoginTasks? = nil,
        countDropped: @escaping (DroppedStanzas) -> Void = { _ in }, report: @escaping (Report) -> Void
    ) {
        self.stream = stream
        self.closeLimit = closeLimit
        self.logins = logins
        self.countDropped = countDropped
        self.report = report
    }

    /// See ``ComponentStream/streamID``.
    var streamID: String? { stream.streamID }

    /// Sends the stream header.
    func open() { perform(stream.handle(.open)) }

    /// Sends the handshake.
    func register() { perform(stream.handle(.register)) }

    /// Closes the stream politely, then the transport.
    func close() { perform(stream.handle(.close)) }

    /// Closes the transport at once.
    func abandon() {
        report = nil
        logins?.cancel()
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        logins?.cancel()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSHandshakeCompleted:
            isSecured = true
            report?(.secured(event.info))
        case ChannelEvent.inputClosed:
            perform(stream.handle(.transportEnded))
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The whole read is judged before anything is done about it: a stream error right behind a header counts.
        let events = parser.parse(unwrapInboundIn(data).readableBytesView)
        let actions = events.flatMap { stream.handle(.received($0)) }
        let dropped = stream.takeDropped()
        if dropped != DroppedStanzas() { countDropped(dropped) }
        perform(actions)
    }

    /// A peer that asks and does not read gets no more attention until it has read.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(stream.handle(.transportEnded))
        hasEnded = true
        reportEnd()
        context.fireChannelInactive()
    }

    /// Reports the end, behind everything that is still to be reported.
    ///
    /// A write to a server that has hung up ends the channel before `write` returns. Where that write is our closing tag,
    /// the failure that the tag belongs to has not been told yet.
    private func reportEnd() {
        guard hasEnded, performing == 0 else { return }
        for timer in [closeTimer, pingTimer, answerTimer] { timer?.cancel() }
        let report = self.report
        self.report = nil
        report?(.ended)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure: BridgeFailure
        if let error = error as? TLSFailure, error.reason != .connectionLost, !isRegistered {
            failure = BridgeFailure(.tlsHandshake, error.reason, error.detail)
        } else if !isSecured {
            failure = BridgeFailure(
                .tlsHandshake, .tlsFailed,
                "The connection failed in the TLS handshake: \(TCPFailure.words(for: error)).")
        } else {
            // The stream knows in which step the connection was lost.
            let detail = (error as? TLSFailure)?.detail ?? "The connection broke: \(TCPFailure.words(for: error))."
            perform(stream.handle(.transportFailed(detail)))
            context.close(promise: nil)
            return
        }
        report?(.failed(failure))
        context.close(promise: nil)
    }

    private func perform(_ actions: [ComponentStream.Action]) {
        guard let context else { return }
        performing += 1
        defer {
            performing -= 1
            reportEnd()
        }
        for action in actions {
            switch action {
            case .send(let text): send(text, context)
            case .opened: report?(.opened)
            case .registered:
                isRegistered = true
                report?(.registered)
            case .failed(let failure): report?(.failed(failure))
            case .startCloseTimer: closeTimer = schedule(.closeTimedOut, in: closeLimit, context)
            case .startPingTimer(let delay): pingTimer = schedule(.pingDue, in: delay, context)
            case .startAnswerTimer(let delay): answerTimer = schedule(.answersDue, in: delay, context)
            case .cancelAnswerTimer: answerTimer?.cancel()
            case .suspectDuplicate(let isSuspected): report?(.duplicateSuspected(isSuspected))
            case .decideLogin(let number, let request): decide(number, request)
            case .cancelLogins: logins?.cancel()
            case .noteLogin(let fact): report?(.login(fact))
            case .closeTransport: context.close(promise: nil)
            }
        }
    }

    private func decide(_ number: LoginRequests.Number, _ request: LoginRequest) {
        logins?.decide(number, request) { [weak self] event in
            guard let self else { return }
            perform(stream.handle(event))
        }
    }

    private func schedule(
        _ event: ComponentStream.Event, in delay: Duration, _ context: ChannelHandlerContext
    ) -> Scheduled<Void>? {
        if hasEnded { return nil }
        return context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
            self.perform(self.stream.handle(event))
        }
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        // A report may lead to our closing tag while answers of the same read are still in hand.
        if isClosed { return }
        isClosed = text == ComponentStream.closingTag
        let written = context.eventLoop.makePromise(of: Void.self)
        // Without this the server's answer to our header may wait 40 ms for a delayed acknowledgement: some servers
        // leave Nagle's algorithm on. It has to be set anew behind each write.
        written.futureResult.assumeIsolated().whenSuccess { Self.acknowledgeAtOnce(context.channel) }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: written)
    }

    private static func acknowledgeAtOnce(_ channel: any Channel) {
        let option = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_QUICKACK))
        try? channel.syncOptions?.setOption(option, value: 1)
    }
}
