import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

/// Logins that are being decided at the end of a pipeline: their time, their order, and their end.
@Suite(.timeLimit(.minutes(5))) struct LoginTasksTests {
    private static func decided(_ name: String, _ verdict: LoginVerdict) -> LoginFact {
        .decided(LoginReport(username: name, host: "example.test", verdict: verdict))
    }

    private func ask(_ names: String...) -> String {
        names.map { LoginXML.ask(user: $0, id: "id-\($0)") }.joined()
    }

    @Test func `answers go out as they are ready`() async throws {
        let logins = HeldLogins()
        let pipeline = try await LoginPipeline(logins)
        try await pipeline.receive(ask("a", "b", "c"))
        for name in ["b", "c", "a"] {
            try await logins.decide(name)
            #expect(try await pipeline.sent() == [LoginXML.accepted(id: "id-\(name)")])
        }
        #expect(pipeline.facts.value == ["b", "c", "a"].map { Self.decided($0, .accepted) })
        #expect(logins.state.value.cancelled.isEmpty)
        #expect(
            Set(logins.state.value.asked.map(\.username)) == ["a", "b", "c"]
                && logins.state.value.asked.allSatisfy { $0.password == Secret("pa55") && $0.resource == "r" })
        try await pipeline.end()
    }

    @Test func `each login has its own ten seconds`() async throws {
        let logins = HeldLogins()
        let pipeline = try await LoginPipeline(logins)
        try await pipeline.receive(ask("a"))
        await pipeline.advance(by: .seconds(4))
        try await pipeline.receive(ask("b", "c"))
        try await logins.decide("c")
        #expect(try await pipeline.sent() == [LoginXML.accepted(id: "id-c")])
        await pipeline.advance(by: .nanoseconds(5_999_999_999))
        #expect(try await pipeline.sentAlready() == nil)
        await pipeline.advance(by: .nanoseconds(1))
        #expect(try await pipeline.sent() == [LoginXML.error("wait", "remote-server-timeout", id: "id-a")])
        _ = try await logins.state.wait { $0.cancelled == ["a"] }
        await pipeline.advance(by: .nanoseconds(3_999_999_999))
        #expect(try await pipeline.sentAlready() == nil)
        await pipeline.advance(by: .nanoseconds(1))
        #expect(try await pipeline.sent() == [LoginXML.error("wait", "remote-server-timeout", id: "id-b")])
        _ = try await logins.state.wait { $0.cancelled == ["a", "b"] }
        // The time of a login that comes after a pause is no shorter.
        try await pipeline.receive(ask("d"))
        await pipeline.advance(by: .nanoseconds(9_999_999_999))
        #expect(try await pipeline.sentAlready() == nil)
        await pipeline.advance(by: .nanoseconds(1))
        #expect(try await pipeline.sent() == [LoginXML.error("wait", "remote-server-timeout", id: "id-d")])
        #expect(
            pipeline.facts.value == [
                Self.decided("c", .accepted), Self.decided("a", .failed(.timedOut)),
                Self.decided("b", .failed(.timedOut)), Self.decided("d", .failed(.timedOut)),
            ])
        try await pipeline.end()
    }

    @Test func `logins whose time is over at once are answered in their order`() async throws {
        let logins = HeldLogins()
        let pipeline = try await LoginPipeline(logins, limit: .seconds(1))
        let names = (1...50).map { "user\($0)" }
        try await pipeline.receive(names.map { LoginXML.ask(user: $0, id: "id-\($0)") }.joined())
        await pipeline.advance(by: .seconds(1))
        #expect(
            try await pipeline.sent(50)
                == names.map { LoginXML.error("wait", "remote-server-timeout", id: "id-\($0)") })
        try await pipeline.end()
    }

    @Test func `a verdict after the time is told to nobody`() async throws {
        let logins = HeldLogins(isStubborn: true)
        let pipeline = try await LoginPipeline(logins)
        try await pipeline.receive(ask("a"))
        await pipeline.advance(by: .seconds(10))
        #expect(try await pipeline.sent() == [LoginXML.error("wait", "remote-server-timeout", id: "id-a")])
        try await logins.decide("a")
        try await pipeline.receive(ask("b"))
        try await logins.decide("b")
        #expect(try await pipeline.sent() == [LoginXML.accepted(id: "id-b")])
        #expect(pipeline.facts.value == [Self.decided("a", .failed(.timedOut)), Self.decided("b", .accepted)])
        try await pipeline.end()
    }

    /// A handler that does not end when it is told to can't be given more and more work.
    @Test func `logins whose work goes on keep their places, and then there is room again`() async throws {
        let logins = HeldLogins(isStubborn: true)
        let pipeline = try await LoginPipeline(logins)
        let questions = (1...1000).map { LoginXML.ask(user: "user\($0)", id: "\($0)") }.joined()
        try await pipeline.receive(questions)
        await pipeline.advance(by: .seconds(10))
        #expect(try await pipeline.sent(1000).allSatisfy { $0.contains("<remote-server-timeout ") })
        try await pipeline.receive(ask("a"))
        #expect(try await pipeline.sent() == [LoginXML.error("wait", "resource-constraint", id: "id-a")])
        _ = try await logins.state.wait { $0.waiting.count == 1000 }
        logins.decideAll()
        // The verdicts may still be on their way.
        var number = 1
        try await pipeline.receive(ask("b1"))
        while let refusal = try await pipeline.sentAlready() {
            #expect(refusal == LoginXML.error("wait", "resource-constraint", id: "id-b\(number)"))
            number += 1
            try await pipeline.receive(ask("b\(number)"))
        }
        try await logins.decide("b\(number)")
        #expect(try await pipeline.sent() == [LoginXML.accepted(id: "id-b\(number)")])
        try await pipeline.end()
    }

    enum End: CaseIterable {
        case close, abandon, closingTag, badXML, transport
    }

    @Test(arguments: End.allCases) func `the end of the stream cancels what is being decided`(end: End) async throws {
        let logins = HeldLogins()
        let pipeline = try await LoginPipeline(logins)
        try await pipeline.receive(ask("a", "b"))
        _ = try await logins.state.wait { $0.waiting.count == 2 }
        switch end {
        case .close: try await pipeline.perform { $0.close() }
        case .abandon: try await pipeline.perform { $0.abandon() }
        case .closingTag: try await pipeline.receive("</stream:stream>")
        case .badXML: try await pipeline.receive("<!-- -->")
        case .transport: try await pipeline.channel.close()
        }
        _ = try await logins.state.wait { $0.cancelled == ["a", "b"] }
        await pipeline.advance(by: .seconds(20))
        #expect(pipeline.facts.value.isEmpty)
        try await pipeline.end()
    }

    /// Does not keep it.
    private final class Remembered: @unchecked Sendable {
        // Set on the event loop, and read when that has come to its end.
        weak var handler: ComponentHandler?
        weak var tasks: LoginTasks?
        weak var channel: NIOAsyncTestingChannel?
    }

    @Test func `a handler that never ends keeps nothing of the connection`() async throws {
        let logins = HeldLogins(isStubborn: true)
        let remembered = Remembered()
        let loop = NIOAsyncTestingEventLoop()
        do {
            let pipeline = try await LoginPipeline(logins, on: loop) { remembered.tasks = $0 }
            try await pipeline.receive(ask("a"))
            _ = try await logins.state.wait { $0.waiting.count == 1 }
            remembered.channel = pipeline.channel
            try await pipeline.perform { remembered.handler = $0 }
            try await pipeline.end()
        }
        // Behind all that the event loop has still had to do.
        await loop.run()
        #expect(remembered.channel == nil)
        #expect(remembered.handler == nil)
        #expect(remembered.tasks == nil)
        logins.decideAll()
    }
}
