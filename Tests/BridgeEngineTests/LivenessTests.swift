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

    @Test func `silence is verified with both, and then the link is dead`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        #expect(
            liveness.handle(.answersDue) == [
                .ping(.ourselves, id: "x2"), .ping(.domain, id: "x3"), .startAnswerTimer(Self.limit),
            ])
        #expect(failure(liveness.handle(.answersDue)) == .pingTimedOut)
        #expect(liveness.handle(.answersDue).isEmpty)
        #expect(liveness.handle(.pingDue).isEmpty)
    }

    @Test(arguments: ["remote-server-timeout", "remote-server-not-found"])
    func `the domain alone answering means that nothing is routed to us`(condition: String) {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        let verifying = liveness.handle(.answered(.ourselves, id: "x1", error: condition))
        #expect(verifying.first == .cancelAnswerTimer)
        #expect(verifying.contains(.ping(.domain, id: "x3")))
        #expect(liveness.handle(.answered(.domain, id: "x3", error: nil)).isEmpty)
        let verdict = liveness.handle(.answered(.ourselves, id: "x2", error: condition))
        #expect(verdict.first == .cancelAnswerTimer)
        #expect(failure(verdict) == .componentUnroutable)
    }

    @Test func `silence to ourselves with an answer of the domain is unroutable too`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        _ = liveness.handle(.answersDue)
        _ = liveness.handle(.answered(.domain, id: "x3", error: "service-unavailable"))
        #expect(failure(liveness.handle(.answersDue)) == .componentUnroutable)
    }

    @Test func `a second ping that is answered makes a duplicate suspected, until five in a row are answered`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        _ = liveness.handle(.answersDue)
        #expect(
            liveness.handle(.answered(.ourselves, id: "x2", error: nil)) == [
                .cancelAnswerTimer, .suspectDuplicate(true), .startPingTimer(.seconds(30)),
            ])
        for number in 4...8 {
            _ = liveness.handle(.pingDue)
            let actions = liveness.handle(.answered(.ourselves, id: "x\(number)", error: nil))
            #expect(actions.contains(.suspectDuplicate(false)) == (number == 8))
        }
    }

    @Test func `any other error means that the domain is pinged instead`() {
        var liveness = started()
        _ = liveness.handle(.pingDue)
        _ = liveness.handle(.answered(.ourselves, id: "x1", error: "service-unavailable"))
        #expect(liveness.handle(.pingDue).first == .ping(.domain, id: "x2"))
        #expect(liveness.handle(.answersDue) == [.ping(.domain, id: "x3"), .startAnswerTimer(Self.limit)])
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
