import HTTPTypes
import Logging
import Testing

@testable import ConfigAPI

/// A handler made of a closure; its refusals say their status in the body.
struct HTTPTestHandler: HTTPHandler {
    let body: @Sendable (HTTPServerRequest, HTTPResponder) -> HTTPHandling

    func handle(_ request: HTTPServerRequest, _ responder: HTTPResponder) -> HTTPHandling { body(request, responder) }

    func refusal(status: HTTPResponse.Status, _ head: HTTPServerRequest) -> HTTPServerResponse {
        HTTPServerResponse(status: status, headerFields: [.retryAfter: "1"], body: Array("refused".utf8))
    }
}

extension HTTPServerResponse {
    /// 200 with a text.
    static func text(_ text: String) -> HTTPServerResponse {
        HTTPServerResponse(status: .ok, headerFields: [.contentType: "text/plain"], body: Array(text.utf8))
    }
}

/// A server on a free port of 127.0.0.1.
struct HTTPTestServer {
    let server: HTTPServer
    let port: UInt16

    /// Method, target, and body: what the tests without a handler of their own expect back.
    static let echo = HTTPTestHandler { request, _ in
        .respond(.text("\(request.method) \(request.target) \(String(decoding: request.body, as: UTF8.self))"))
    }

    static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    init(
        limits: HTTPServer.Limits = .init(), threads: Int = 1, identity: ServerIdentity? = nil,
        handler: HTTPTestHandler = echo
    ) throws {
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        port = socket.port
        server = try HTTPServer(
            listeners: [.init(socket, identity: identity)], limits: limits, threads: threads, handler: handler,
            logger: Self.logger)
        try server.start()
    }

    func client() throws -> HTTPRawClient { try HTTPRawClient(port: port) }

    /// Stops, and checks that each context has been freed once. No responder may be held any more.
    func stop(within time: Duration = .seconds(5), sourceLocation: SourceLocation = #_sourceLocation) async {
        await server.stop(within: time)
        let counters = server.counters
        #expect(counters.connectionsMade == counters.connectionsFreed, sourceLocation: sourceLocation)
        #expect(counters.exchangesMade == counters.exchangesFreed, sourceLocation: sourceLocation)
        #expect(server.connectionCount == 0, sourceLocation: sourceLocation)
    }
}
