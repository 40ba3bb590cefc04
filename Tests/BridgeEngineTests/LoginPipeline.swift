import NIOCore
import NIOEmbedded
import TestSupport

@testable import BridgeEngine

/// A registered stream's end in a pipeline without a transport, whose time stands still until it is told to go on.
final class LoginPipeline: Sendable {
    let channel: NIOAsyncTestingChannel
    /// What was counted, in order.
    let facts = WatchedValue<[LoginFact]>([])
    private var loop: NIOAsyncTestingEventLoop { channel.testingEventLoop }

    init(
        _ logins: any LoginRequestHandler, limit: Duration = .seconds(10),
        on loop: NIOAsyncTestingEventLoop = NIOAsyncTestingEventLoop(),
        made: @escaping @Sendable (LoginTasks) -> Void = { _ in }
    ) async throws {
        let channel = NIOAsyncTestingChannel(loop: loop)
        self.channel = channel
        let facts = facts
        try await loop.executeInContext {
            let tasks = LoginTasks(logins, limit: limit, on: channel.eventLoop)
            made(tasks)
            let handler = ComponentHandler(
                stream: ComponentStream(
                    identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"),
                    secret: Secret("secret"), liveness: Liveness(interval: .zero, idPrefix: "p"),
                    logins: LoginRequests { logins.hosts }),
                closeLimit: .seconds(1), logins: tasks
            ) { report in
                if case .login(let fact) = report { facts.update { $0.append(fact) } }
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            handler.open()
        }
        try await receive(HostileAction.header)
        try await perform { $0.register() }
        try await receive("<handshake/>")
        _ = try await sent(2)
    }

    /// Calls the handler.
    func perform(_ body: @escaping @Sendable (ComponentHandler) throws -> Void) async throws {
        let channel = channel
        try await loop.executeInContext {
            try body(channel.pipeline.syncOperations.handler(type: ComponentHandler.self))
        }
    }

    func receive(_ text: String) async throws {
        try await channel.writeInbound(ByteBuffer(string: text))
    }

    func advance(by time: TimeAmount) async {
        await loop.advanceTime(by: time)
    }

    /// What is sent next, so many times; waits for it.
    func sent(_ count: Int = 1) async throws -> [String] {
        var texts: [String] = []
        for _ in 0..<count { texts.append(String(buffer: try await channel.waitForOutboundWrite())) }
        return texts
    }

    /// What has been sent next; nil: nothing yet.
    func sentAlready() async throws -> String? {
        try await channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
    }

    func end() async throws {
        _ = try await channel.finish(acceptAlreadyClosed: true)
    }
}
