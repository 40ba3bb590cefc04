import Testing

@testable import BridgeEngine

@Suite struct LivenessTests {
    private static let limit = Duration.seconds(10)

    private func started() -> Liveness {
        var liveness = Liveness(interval: .seconds(30), idPrefix: "x")
        #expect(liveness.handle(.start) == [.startPingTimer(.seconds(30))])
        return liveness
    }

    private func failure(_ actions: [Liveness.Action]) -> FailureReason? {
        actions.compactMap { if case .failed(let reason, _) = $0 { reason } else { nil } }.first
    }

    @Test func `an interval of zero means no pings`() {
        var liveness = Liveness(interval: .zero, idPrefix: "x")
        #expect(liveness.handle(.start).isEmpty)
    }

    @Test func `a ping that is answered is followed by the next one after the interval`() {
        var liveness = started()
        for number in 1...3 {
            #expect(
                liveness.handle(.pingDue) == [.ping(.ourselves, id: "x\(number)"), .startAnswerTimer(Self.limit)])
            #expect(liveness.isOurs("x\(number)"))
            #expect(
                liveness.handle(.answered(.ourselves, id: "x\(number)", error: nil)) == [
                    .cancelAnswerTimer, .startPingTimer(.seconds(30)),
                ])
            #expect(!liveness.isOurs("x\(number)"))
        }
    }

    private static let all = 16
    /// What a verification sends after one ping: to ourselves x2 to x17, to the domain x18 to x33.
    private static let handful: [Liveness.Action] =
        (2...17).map { .ping(.ourselves, id: "x\($0)") } + (18...33).map { .ping(.domain, id: "x\($0)") }

    /// Answers so many of the handful's pings to each, the others never.
    private func verify(
        _ liveness: inout Liveness, own: Int, domain: Int, error: String? = nil
    ) -> [Liveness.Action] {
        var actions: [Liveness.Action] = []
        for number in 0..<own {
            actions = liveness.handle(.answered(.ourselves, id: "x\(2 + number)", error: error))
        }
        for number in 0..<domain {
            #expect(actions.isEmpty)
            actions = liveness.handle(.answered(.domain, id: "x\(18 + number)", error: "service-unavailable"))
        }
        return actions.isEmpty ? liveness.handle(.answersDue) : actions
    }

    @Test func `silence is verified with both, and then the link is dead`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        #expect(liveness.handle(.answersDue) == Self.handful + [.startAnswerTimer(Self.limit)])
        #expect(failure(liveness.handle(.answersDue)) == .pingTimedOut)
        #expect(liveness.handle(.answersDue).isEmpty)
        #expect(liveness.handle(.pingDue).isEmpty)
    }

    @Test(arguments: ["remote-server-timeout", "remote-server-not-found"])
    func `the domain alone answering means that nothing is routed to us`(condition: String) {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        let verifying = liveness.handle(.answered(.ourselves, id: "x1", error: condition))
        #expect(verifying == [.cancelAnswerTimer] + Self.handful + [.startAnswerTimer(Self.limit)])
        let verdict = verify(&liveness, own: Self.all, domain: Self.all, error: condition)
        #expect(verdict.first == .cancelAnswerTimer, "nothing is left to wait for")
        #expect(failure(verdict) == .componentUnroutable)
    }

    @Test func `silence to ourselves with answers of the domain is unroutable too`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        _ = liveness.handle(.answersDue)
        #expect(failure(verify(&liveness, own: 0, domain: Self.all)) == .componentUnroutable)
    }

    @Test func `a server that was slow and answers everything is well`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        _ = liveness.handle(.answersDue)
        #expect(
            verify(&liveness, own: Self.all, domain: Self.all) == [.cancelAnswerTimer, .startPingTimer(.seconds(30))])
    }

    @Test(arguments: [(1, 0), (15, 16), (0, 1), (0, 15), (3, 5)])
    func `some answers make a duplicate suspected, until five in a row are answered`(own: Int, domain: Int) {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        _ = liveness.handle(.answersDue)
        let verdict = verify(&liveness, own: own, domain: domain)
        #expect(verdict == [.suspectDuplicate(true), .startPingTimer(.seconds(30))])
        for number in 34...38 {
            _ = liveness.handle(.pingDue)
            let actions = liveness.handle(.answered(.ourselves, id: "x\(number)", error: nil))
            #expect(actions.contains(.suspectDuplicate(false)) == (number == 38))
        }
    }

    @Test func `a suspicion stays while answers go missing, and is told once`() {
        var liveness = started()
        for round in 0..<5 {
            _ = liveness.handle(.pingDue)
            let pings = liveness.handle(.answersDue)
            guard case .ping(.ourselves, let id)? = pings.first else {
                Issue.record("\(pings)")
                return
            }
            #expect(liveness.handle(.answered(.ourselves, id: id, error: nil)).isEmpty)
            #expect(liveness.handle(.answersDue).contains(.suspectDuplicate(true)) == (round == 0))
        }
    }

    @Test func `any other error means that the domain is pinged instead`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        _ = liveness.handle(.answered(.ourselves, id: "x1", error: "service-unavailable"))
        #expect(liveness.handle(.pingDue).first == .ping(.domain, id: "x2"))
        let handful: [Liveness.Action] = (3...18).map { .ping(.domain, id: "x\($0)") }
        #expect(liveness.handle(.answersDue) == handful + [.startAnswerTimer(Self.limit)])
        #expect(failure(liveness.handle(.answersDue)) == .pingTimedOut)
    }

    @Test func `answers that nobody asked for mean nothing`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        #expect(liveness.handle(.answered(.domain, id: "x1", error: nil)).isEmpty)
        #expect(liveness.handle(.answered(.ourselves, id: "x9", error: nil)).isEmpty)
        #expect(liveness.isOurs("x1"))
    }
}
