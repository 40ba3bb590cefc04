import HTTPTypes
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

@Suite struct StatusFeedTests {
    private let bridge = NotedBridge()
    private let feed: StatusFeed

    init() {
        feed = StatusFeed(bridge: bridge, keepAlive: .seconds(3600))
    }

    private func wait(
        for condition: StatusCondition, timeout: Int = 300, _ responder: NotedResponder = NotedResponder()
    ) -> WatchedValue<[String]> {
        let outcomes = WatchedValue<[String]>([])
        feed.wait(for: condition, after: bridge.status, timeout: timeout, responder) { outcome in
            outcomes.update { list in
                switch outcome {
                case .met(let rendered): list.append("met \(rendered.status.sequence)")
                case .timeUp(let rendered): list.append("time up \(rendered.status.sequence)")
                case .stopped: list.append("stopped")
                }
            }
        }
        return outcomes
    }

    private func follow(after last: String? = nil) -> NotedResponder {
        let responder = NotedResponder()
        feed.follow(after: last.flatMap { StatusEventID($0) }, HTTPServerResponse(status: .ok), responder)
        return responder
    }

    /// The ids of the events of a stream.
    private func ids(_ stream: String) -> [String] {
        stream.matches(of: /\nid: ([^\n]+)\n/).map { String($0.1) }
    }

    // MARK: Waiting

    @Test func `a wait ends with the first status that fits, also with one that did not last`() async throws {
        let connected = StatusCondition.reached([.connected], orSettled: false, revision: 1)
        let waits = (0..<100).map { _ in wait(for: connected) }
        bridge.publish { $0.state = .connecting }
        bridge.publish { $0.revision = 1 }
        bridge.publish { $0.state = .connected }
        bridge.publish { $0.state = .connecting }
        for wait in waits { #expect(try await wait.wait { !$0.isEmpty } == ["met 8"]) }
        // What is over is over.
        bridge.publish { $0.state = .connected }
        let last = wait(for: .change(after: bridge.status.sequence))
        bridge.publish { $0.attempts += 1 }
        _ = try await last.wait { !$0.isEmpty }
        #expect(waits.allSatisfy { $0.value.count == 1 })
    }

    @Test func `a wait whose time is up ends with the current status`() async throws {
        let never = wait(for: .reached([.stopped], orSettled: false, revision: 0), timeout: 1)
        bridge.publish { $0.attempts += 1 }
        #expect(try await never.wait { !$0.isEmpty } == ["time up 6"])
    }

    @Test func `a status that was published before the wait was there counts, if the client has not seen it`()
        async throws
    {
        let seen = bridge.status
        bridge.publish { $0.state = .connected }
        bridge.publish { $0.state = .connecting }
        let outcomes = WatchedValue<[UInt64]>([])
        feed.wait(
            for: .reached([.connected], orSettled: false, revision: 0), after: seen, timeout: 300, NotedResponder()
        ) { outcome in
            if case .met(let rendered) = outcome { outcomes.update { $0.append(rendered.status.sequence) } }
        }
        #expect(try await outcomes.wait { !$0.isEmpty } == [6])
    }

    @Test func `a client that leaves waits no more`() async throws {
        let responder = NotedResponder()
        let left = wait(for: .change(after: 5), responder)
        _ = try await responder.answers.wait { $0.isWatched }
        responder.leave()
        let stayed = wait(for: .change(after: 5))
        bridge.publish { $0.attempts += 1 }
        #expect(try await stayed.wait { !$0.isEmpty } == ["met 6"])
        // One more round, so that whatever the first one did is over.
        let next = wait(for: .change(after: 6))
        bridge.publish { $0.attempts += 1 }
        #expect(try await next.wait { !$0.isEmpty } == ["met 7"])
        #expect(left.value.isEmpty)
    }

    @Test func `the end of the server ends waits and streams, also those that come later`() async throws {
        let before = wait(for: .change(after: 5))
        let stream = follow()
        feed.stop()
        let after = wait(for: .change(after: 5))
        let late = follow()
        #expect(try await before.wait { !$0.isEmpty } == ["stopped"])
        #expect(try await after.wait { !$0.isEmpty } == ["stopped"])
        _ = try await stream.answers.wait { $0.isStreamFinished }
        _ = try await late.answers.wait { $0.isStreamFinished }
    }

    // MARK: Following

    @Test func `a stream has the current status and then each one, in order`() async throws {
        let streams = (0..<50).map { _ in follow() }
        for _ in 0..<20 { bridge.publish { $0.attempts += 1 } }
        for stream in streams {
            let answers = try await stream.answers.wait { ids($0.stream).last == "b007-25" }
            // The current status may have been a later one than at the call.
            let first = try #require(ids(answers.stream).first)
            let sequences = try ids(answers.stream).map { try #require(Int($0.dropFirst(5))) }
            #expect(sequences == Array(sequences[0]...25), "\(first)")
            #expect(answers.stream.hasPrefix("event: status\nid: \(first)\ndata: {\"state\":\"waiting\","))
            #expect(answers.stream.hasSuffix("}\n\n"))
        }
    }

    @Test func `a stream that is taken up again has what was missed`() async throws {
        for _ in 0..<5 { bridge.publish { $0.attempts += 1 } }
        let seen = wait(for: .change(after: bridge.status.sequence))
        bridge.publish { $0.attempts += 1 }
        _ = try await seen.wait { !$0.isEmpty }
        let resumed = try await follow(after: "b007-7").answers.wait { !$0.stream.isEmpty }
        #expect(ids(resumed.stream) == ["b007-8", "b007-9", "b007-10", "b007-11"])
        let upToDate = try await follow(after: "b007-11").answers.wait { !$0.stream.isEmpty }
        #expect(upToDate.stream == ":\n\n")
    }

    @Test(arguments: ["0ther-7", "b007-3", "b007-99", "b007", "b007-x", "b007-7-7", "b007-18446744073709551615"])
    func `a stream after an event that is not known begins with the current status`(last: String) async throws {
        for _ in 0..<3 { bridge.publish { $0.attempts += 1 } }
        let stream = try await follow(after: last).answers.wait { !$0.stream.isEmpty }
        #expect(ids(stream.stream) == ["b007-8"])
    }

    @Test func `a stream after the last event that is not kept any more misses nothing`() async throws {
        for _ in 0..<3 { bridge.publish { $0.attempts += 1 } }
        let stream = try await follow(after: "b007-4").answers.wait { !$0.stream.isEmpty }
        #expect(ids(stream.stream) == ["b007-5", "b007-6", "b007-7", "b007-8"])
    }

    @Test func `the last hundred are kept`() async throws {
        for _ in 0..<150 { bridge.publish { $0.attempts += 1 } }
        let seen = wait(for: .change(after: bridge.status.sequence))
        bridge.publish { $0.attempts += 1 }
        _ = try await seen.wait { !$0.isEmpty }
        let kept = try await follow(after: "b007-56").answers.wait { !$0.stream.isEmpty }
        #expect(ids(kept.stream).count == 100)
        let gone = try await follow(after: "b007-55").answers.wait { !$0.stream.isEmpty }
        #expect(ids(gone.stream) == ["b007-156"])
    }

    @Test func `a quiet stream gets a comment now and then`() async throws {
        let feed = StatusFeed(bridge: bridge, keepAlive: .milliseconds(20))
        let responder = NotedResponder()
        feed.follow(after: nil, HTTPServerResponse(status: .ok), responder)
        let answers = try await responder.answers.wait { $0.stream.hasSuffix(":\n\n:\n\n:\n\n") }
        #expect(ids(answers.stream).count == 1)
    }

    @Test func `streams end when the users change`() async throws {
        let stream = follow()
        _ = try await stream.answers.wait { $0.isWatched }
        feed.endStreams()
        _ = try await stream.answers.wait { $0.isStreamFinished }
        bridge.publish { $0.attempts += 1 }
        let next = try await follow().answers.wait { !$0.stream.isEmpty }
        #expect(ids(next.stream) == ["b007-6"])
        #expect(ids(stream.answers.value.stream) == ["b007-5"])
    }
}
