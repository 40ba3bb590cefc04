internal import HTTPTypes
internal import NIOConcurrencyHelpers

extension HTTPExchange {
    /// What libmicrohttpd's reader of a stream has to say.
    enum ReadResult {
        case bytes(Int)
        case suspended
        case end
        case abort
    }

    // MARK: On any thread

    /// Takes the first answer; see `HTTPResponder`.
    func answer(_ answer: Answer) {
        state.withLockedValue { state in
            switch state.phase {
            case .handling: state.phase = .answered(answer)
            case .waiting:
                state.phase = .answered(answer)
                resume()
            case .receiving, .answered, .sending, .streaming, .gone, .ended: return
            }
            switch answer {
            case .complete: state.onClientGone = nil
            case .stream(let response):
                var stream = HTTPStreamState()
                stream.append(response.body)
                state.stream = stream
            }
        }
    }

    /// Adds to a stream; see `HTTPResponseStream`.
    func write(_ bytes: [UInt8]) -> Bool {
        state.withLockedValue { state in
            guard var stream = state.stream, !stream.isFinished, !stream.isAborted else { return false }
            if stream.count + bytes.count > core.limits.streamBufferBytes {
                stream.isAborted = true
            } else {
                stream.append(bytes)
            }
            wake(&stream)
            state.stream = stream
            return !stream.isAborted
        }
    }

    /// Ends a stream; see `HTTPResponseStream`.
    func finish() {
        state.withLockedValue { state in
            guard var stream = state.stream, !stream.isFinished else { return }
            stream.isFinished = true
            wake(&stream)
            state.stream = stream
            state.onClientGone = nil
        }
    }

    /// Sets the callback; see `HTTPResponder`.
    func onClientGone(_ callback: @escaping @Sendable () -> Void) {
        let isGone = state.withLockedValue { state in
            switch state.phase {
            // Of a client that has left, libmicrohttpd soon completes the request.
            case .gone, .ended: return true
            case .handling, .waiting, .streaming, .answered(.stream):
                state.onClientGone = callback
                return false
            case .receiving, .answered(.complete), .sending: return false
            }
        }
        if isGone { callback() }
    }

    private func wake(_ stream: inout HTTPStreamState) {
        guard stream.isSuspended else { return }
        stream.isSuspended = false
        resume()
    }

    // MARK: On the server's own thread

    /// The client has closed its side while the connection was suspended.
    ///
    /// libmicrohttpd sends nothing to a client that has closed its side during a suspension, so half a close counts
    /// as a whole one.
    func clientGone() {
        let callback: (@Sendable () -> Void)? = state.withLockedValue { state in
            switch state.phase {
            case .waiting: resume()
            case .streaming:
                guard state.stream?.isSuspended == true else { return nil }
                state.stream?.isSuspended = false
                resume()
            case .receiving, .handling, .answered, .sending, .gone, .ended: return nil
            }
            state.phase = .gone
            state.stream = nil
            defer { state.onClientGone = nil }
            return state.onClientGone
        }
        callback?()
    }

    /// The server stops: a request without an answer gets 503, a stream ends.
    func serverStops() {
        let (head, callback): (HTTPServerRequest?, (@Sendable () -> Void)?) = state.withLockedValue { state in
            guard var stream = state.stream else { return (state.request, nil) }
            let callback = stream.isFinished ? nil : state.onClientGone
            stream.isFinished = true
            wake(&stream)
            state.stream = stream
            state.onClientGone = nil
            return (nil, callback)
        }
        callback?()
        guard let head else { return }
        answer(.complete(core.handler.refusal(status: .serviceUnavailable, head)))
    }

    // MARK: On libmicrohttpd's thread

    /// Gives libmicrohttpd the next bytes of a stream, or suspends the connection until there are some.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> ReadResult {
        state.withLockedValue { state in
            guard var stream = state.stream, !stream.isAborted else { return .abort }
            defer { state.stream = stream }
            if stream.count > 0 { return .bytes(stream.take(into: buffer)) }
            if stream.isFinished { return .end }
            guard suspend() else {
                stream.isFinished = true
                stream.isEndedByServer = true
                return .end
            }
            stream.isSuspended = true
            return .suspended
        }
    }
}
