internal import BridgeEngine
internal import HTTPTypes
internal import Logging
internal import NIOConcurrencyHelpers

/// One request and its answer.
///
/// libmicrohttpd's thread drives it through `receive…`, `read` and `end`; answers come from any thread. The lock is
/// held across `suspend` and `resume`, and `end` takes it: therefore a connection is never resumed that has not yet
/// been suspended, and neither it nor its daemon is freed while somebody is still resuming it. Order of locks: this
/// one, then the core's.
final class HTTPExchange: Sendable {
    /// An answer on its way to libmicrohttpd.
    enum Answer: Sendable {
        case complete(HTTPServerResponse)
        case stream(HTTPServerResponse)
    }

    /// What libmicrohttpd's thread has to do next.
    enum Step {
        /// Nothing: more will come, or the connection is suspended.
        case proceed
        case send(HTTPServerResponse)
        /// The last answer once more, with the id of this request.
        case sendAgain(PreparedResponse, id: String)
        case stream(HTTPServerResponse)
        /// Close the connection without an answer.
        case close
    }

    enum Phase {
        /// Head and body are coming in.
        case receiving
        /// The handler has been called and has not returned.
        case handling
        /// The connection is suspended until there is an answer.
        case waiting
        /// There is an answer, libmicrohttpd has not taken it yet.
        case answered(Answer)
        case sending
        case streaming
        /// The client left before it had the answer, or in the middle of a stream.
        case gone
        /// libmicrohttpd has completed the request; its connection may not be touched any more.
        case ended
    }

    struct State {
        var phase = Phase.receiving
        var request: HTTPServerRequest?
        /// By which the next request may be known to be the same.
        var image: HeadImage?
        /// The last answer, which this request has, too.
        var repeated: RepeatedAnswer?
        /// Bytes of a body over the limit that were thrown away; nil while within the limit.
        var discarded: Int?
        var stream: HTTPStreamState?
        var onClientGone: (@Sendable () -> Void)?
    }

    /// Identifies it among the requests of a server; also its token in the poll set.
    let id: UInt64
    let connection: HTTPConnection
    let handle: MHDConnection
    let core: HTTPServerCore
    let state: NIOLockedValueBox<State>
    private let rawTarget: [UInt8]

    init(id: UInt64, rawTarget: [UInt8], connection: HTTPConnection, handle: MHDConnection, core: HTTPServerCore) {
        self.id = id
        self.rawTarget = rawTarget
        self.connection = connection
        self.handle = handle
        self.core = core
        state = NIOLockedValueBox(State())
        core.counters.withLockedValue { $0.exchangesMade += 1 }
    }

    deinit { core.counters.withLockedValue { $0.exchangesFreed += 1 } }

    /// The target as sent; libmicrohttpd itself keeps it only in pieces.
    var target: [UInt8] { rawTarget }

    // MARK: On libmicrohttpd's thread

    /// The head is complete and the same as that of the connection's last request, which was answered.
    /// - Returns: Whether this request has the same answer; if not, it is one like any other.
    func receive(again answer: RepeatedAnswer) -> Bool {
        guard !core.isStopping, answer.standing.isCurrent() else { return false }
        state.withLockedValue { $0.repeated = answer }
        return true
    }

    /// The head is complete: the first run of the access handler. An answer given here closes the connection.
    func receive(_ head: RequestHead) -> Step {
        let accepted: RequestHeadRules.Accepted
        do {
            accepted = try RequestHeadRules.check(head)
        } catch {
            let request = request(method: .init(tolerant: head.method), target: "", fields: [:])
            core.logger.debug(
                "malformed request",
                metadata: [
                    LogKey.reason: "\(error.rawValue)", LogKey.client: "\(request.remoteAddress)",
                    LogKey.requestID: "\(request.id)",
                ])
            return refuse(.badRequest, request)
        }
        var request = request(method: accepted.method, target: accepted.target, fields: accepted.fields)
        if connection.isOverLimit || core.isStopping { return refuse(.serviceUnavailable, request) }
        // Costs signatures: not for connections that are refused anyway.
        request.certificateProblem = connection.certificateProblem(of: handle)
        if request.certificateProblem != nil { return refuse(.forbidden, request) }
        var discarded: Int?
        if let length = accepted.contentLength, length > UInt64(core.limits.bodyBytes) {
            // A client that waits for 100, or that would go on for long, hears at once that it need not.
            if accepted.expectsContinue || length > UInt64(core.limits.discardedBodyBytes) {
                return refuse(.contentTooLarge, request)
            }
            discarded = 0
        }
        state.withLockedValue {
            $0.request = request
            $0.discarded = discarded
            $0.image = accepted.mayHaveBody ? nil : head.image
        }
        return .proceed
    }

    /// A piece of the body. libmicrohttpd takes no answer here, so all that is left for an endless body is to close.
    func receive(body bytes: UnsafeRawBufferPointer) -> Step {
        state.withLockedValue { state in
            if let discarded = state.discarded {
                state.discarded = discarded + bytes.count
            } else if (state.request?.body.count ?? 0) + bytes.count > core.limits.bodyBytes {
                state.discarded = (state.request?.body.count ?? 0) + bytes.count
                state.request?.body = []
            } else {
                state.request?.body.append(contentsOf: bytes)
                return .proceed
            }
            return (state.discarded ?? 0) > core.limits.discardedBodyBytes ? .close : .proceed
        }
    }

    /// The request is complete, or a suspended connection has been resumed: a later run of the access handler.
    func receiveAll() -> Step {
        if let again = answerAgain() { return again }
        let (phase, request, isTooLarge) = state.withLockedValue { state in
            defer {
                switch state.phase {
                case .receiving:
                    state.phase = .handling
                    // The head stays, for a refusal when the server stops.
                    state.request?.body = []
                case .answered(.complete): state.phase = .sending
                case .answered(.stream): state.phase = .streaming
                case .handling, .waiting, .sending, .streaming, .gone, .ended: break
                }
            }
            return (state.phase, state.request, state.discarded != nil)
        }
        switch phase {
        case .receiving:
            guard let request else { return .close }
            if isTooLarge { return refuse(.contentTooLarge, request) }
            connection.stopDeadline()
            return handle(request)
        case .answered(let answer): return step(for: answer)
        case .handling, .waiting, .sending, .streaming, .gone, .ended: return .close
        }
    }

    /// The connection's last answer, if this request has the same.
    private func answerAgain() -> Step? {
        let repeated = state.withLockedValue { state -> RepeatedAnswer? in
            guard let repeated = state.repeated, case .receiving = state.phase else { return nil }
            state.phase = .sending
            return repeated
        }
        guard let repeated else { return nil }
        let start = core.now
        connection.startResponseDeadline()
        let id = repeated.sentID ?? ownRequestID
        repeated.standing.note(id, core.now - start)
        return .sendAgain(repeated.response, id: id)
    }

    /// Calls the handler and does what it says.
    private func handle(_ request: HTTPServerRequest) -> Step {
        let response: HTTPServerResponse?
        switch core.handler.handle(request, HTTPResponder(self)) {
        case .respond(let now): response = now
        case .standing(let now, let standing):
            response = now
            keep(now, standing, for: request)
        case .later: response = nil
        }
        let outcome: Handled = state.withLockedValue { state in
            if let response {
                state.phase = .sending
                state.stream = nil
                return .answer(.complete(response))
            }
            switch state.phase {
            case .answered(let answer):
                // The responder was quicker than the handler's return.
                if case .complete = answer { state.phase = .sending } else { state.phase = .streaming }
                return .answer(answer)
            case .handling:
                guard suspend() else { return .refused }
                state.phase = .waiting
                return .suspended
            case .receiving, .waiting, .sending, .streaming, .gone, .ended:
                return .suspended
            }
        }
        switch outcome {
        case .answer(let answer): return step(for: answer)
        case .suspended: return .proceed
        case .refused: return refuse(.serviceUnavailable, request)
        }
    }

    private func keep(_ response: HTTPServerResponse, _ standing: Standing, for request: HTTPServerRequest) {
        guard let image = state.withLockedValue({ $0.image }) else { return }
        connection.keep(
            RepeatedAnswer(
                response, to: image, sentID: RequestID.sent(in: request.headerFields), standing: standing))
    }

    /// How a call of the handler ended.
    private enum Handled {
        case answer(Answer)
        case suspended
        /// The server is about to stop and lets no request wait.
        case refused
    }

    /// Suspends the connection and begins to watch the client; under the lock.
    /// - Returns: False if the server takes no more waiting requests, because it is about to stop.
    func suspend() -> Bool {
        guard core.addWaiting(self) else { return false }
        handle.suspend()
        connection.watchHangUp(as: id)
        return true
    }

    /// Undoes `suspend`; under the lock.
    func resume() {
        core.removeWaiting(self)
        handle.resume()
    }

    /// libmicrohttpd is through with the request.
    func end() {
        let callback: (@Sendable () -> Void)? = state.withLockedValue { state in
            if case .ended = state.phase { return nil }
            let isCutStream = state.stream.map { !$0.isFinished || $0.isEndedByServer } ?? false
            let callback = state.onClientGone
            state = State(phase: .ended)
            core.endExchange()
            return isCutStream ? callback : nil
        }
        callback?()
    }

    private func step(for answer: Answer) -> Step {
        switch answer {
        case .complete(let response):
            connection.startResponseDeadline()
            return .send(closing(response, core.isStopping))
        case .stream(let response):
            return .stream(response)
        }
    }

    private func refuse(_ status: HTTPResponse.Status, _ head: HTTPServerRequest) -> Step {
        state.withLockedValue { $0.phase = .sending }
        connection.startResponseDeadline()
        return .send(closing(core.handler.refusal(status: status, head), true))
    }

    private func closing(_ response: HTTPServerResponse, _ isLast: Bool) -> HTTPServerResponse {
        guard isLast else { return response }
        var response = response
        response.headerFields[.connection] = "close"
        return response
    }

    private func request(method: HTTPRequest.Method, target: String, fields: HTTPFields) -> HTTPServerRequest {
        HTTPServerRequest(
            method: method, target: target, headerFields: fields, remoteAddress: connection.remote.host,
            isSecure: connection.credentials != nil,
            id: RequestID.sent(in: fields) ?? ownRequestID)
    }

    /// Where the client gives none.
    private var ownRequestID: String { core.requestPrefix + String(id & 0xffff_ffff, radix: 36) }
}

extension HTTPRequest.Method {
    /// The method, or GET for one that is not a token: for answers to heads that are refused anyway.
    fileprivate init(tolerant bytes: [UInt8]) {
        self = HTTPRequest.Method(String(decoding: bytes, as: UTF8.self)) ?? .get
    }
}
