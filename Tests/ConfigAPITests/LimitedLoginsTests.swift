import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// So many logins are decided at once, each for so long.
@Suite struct LimitedLoginsTests {
    private let verdicts = WatchedValue<[LoginVerdict]>([])

    private func login(_ word: String = "accepted") -> LoginRequest {
        LoginRequest(username: word, host: "example.test", password: Secret("s3cret"))
    }

    private func decide(_ logins: LimitedLogins, _ word: String = "accepted") -> LimitedLogins.Decision {
        logins.decide(login(word)) { [verdicts] verdict in verdicts.update { $0.append(verdict) } }
    }

    @Test func `there are only so many, and room again once one is decided`() async throws {
        let handler = NotedLogins()
        let logins = LimitedLogins(handler, most: 2)
        handler.holds.update { $0 = true }
        _ = decide(logins, "accepted")
        _ = decide(logins, "serviceFailed")
        _ = decide(logins)
        #expect(verdicts.value == [.failed(.tooManyRequests)])
        handler.holds.update { $0 = false }
        let decided = try await verdicts.wait { $0.count == 3 }
        #expect(decided.contains(.accepted) && decided.contains(.failed(.serviceFailed)))
        _ = decide(logins, "hostNotAllowed")
        #expect(try await verdicts.wait { $0.count == 4 }.last == .refused(.hostNotAllowed))
        #expect(handler.cancelled.value == 0)
    }

    @Test(arguments: [false, true])
    func `when the time is up it is cancelled, and told at once`(isDeaf: Bool) async throws {
        let handler = NotedLogins(isDeaf: isDeaf)
        let logins = LimitedLogins(handler, most: 1, limit: .milliseconds(20))
        handler.holds.update { $0 = true }
        _ = decide(logins)
        #expect(try await verdicts.wait { !$0.isEmpty } == [.failed(.timedOut)])
        if isDeaf {
            // It costs what it cost before.
            _ = decide(logins)
            #expect(verdicts.value == [.failed(.timedOut), .failed(.tooManyRequests)])
            handler.holds.update { $0 = false }
        }
        _ = try await handler.cancelled.wait { $0 == 1 }
        #expect(verdicts.value.count == (isDeaf ? 2 : 1))
    }

    @Test func `one that is cancelled is not reported, and makes room`() async throws {
        let handler = NotedLogins()
        let logins = LimitedLogins(handler, most: 1)
        handler.holds.update { $0 = true }
        let decision = decide(logins)
        _ = try await handler.requests.wait { $0.count == 1 }
        decision.cancel()
        _ = try await handler.cancelled.wait { $0 == 1 }
        handler.holds.update { $0 = false }
        // The handler has said its word; its place is free a moment later.
        let deadline = ContinuousClock.now + .seconds(60)
        repeat {
            verdicts.update { $0 = [] }
            _ = decide(logins)
            _ = try await verdicts.wait { !$0.isEmpty }
        } while verdicts.value == [.failed(.tooManyRequests)] && ContinuousClock.now < deadline
        #expect(verdicts.value == [.accepted])
        // Cancelled again, after its end, it is still nothing.
        decision.cancel()
        #expect(verdicts.value == [.accepted])
    }
}
