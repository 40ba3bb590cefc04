import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Where the bars of an attempt's picture stand.
@Suite struct AttemptLanesTests {
    /// An attempt whose steps are given by begin and duration, in milliseconds.
    private func lanes(
        _ steps: [(step: ConnectionStep, begin: Int64, length: Int64)], whole: Int64, underWay: Set<Int> = []
    ) -> AttemptLanes {
        let start = Timestamp(milliseconds: 1000)
        let steps = steps.map { step, begin, length -> AttemptStep in
            var result = AttemptStep(
                step: step, server: nil, address: nil, startedAt: Timestamp(milliseconds: 1000 + begin))
            result.microseconds = length * 1000
            result.outcome = .succeeded
            return result
        }
        if underWay.isEmpty {
            return AttemptLanes(
                AttemptTimeline(
                    AttemptReport(
                        revision: 1, jid: "", source: .srv, startedAt: start, microseconds: whole * 1000,
                        outcome: .succeeded, failure: nil, steps: steps, omittedSteps: 0)))
        }
        let begin = ContinuousClock.now
        return AttemptLanes(
            AttemptTimeline(
                AttemptProgress(
                    revision: 1, jid: "", source: .srv, startedAt: start, steps: steps, underWay: underWay,
                    omittedSteps: 0, start: begin), at: begin.advanced(by: .milliseconds(whole))))
    }

    @Test func `there is a lane for each step, begun or not`() {
        let lanes = AttemptLanes(AttemptTimeline()).lanes
        #expect(lanes.map(\.step) == ConnectionStep.allCases)
        #expect(lanes.allSatisfy { $0.bars.isEmpty && $0.outcome == nil })
    }

    @Test func `time goes from left to right`() {
        let lanes = lanes([(.srvLookup, 0, 25), (.tcpConnect, 25, 50), (.tlsHandshake, 75, 25)], whole: 100).lanes
        #expect(lanes[0].bars == [.init(x: 0, width: 250, y: 0, height: 1000, outcome: .succeeded)])
        #expect(lanes[2].bars == [.init(x: 250, width: 500, y: 0, height: 1000, outcome: .succeeded)])
        #expect(lanes[3].bars == [.init(x: 750, width: 250, y: 0, height: 1000, outcome: .succeeded)])
        #expect(lanes[2].microseconds == 50_000)
    }

    @Test func `what overlaps shares its lane, up to four at a time`() {
        let two = lanes([(.tcpConnect, 0, 50), (.tcpConnect, 25, 50), (.tcpConnect, 60, 10)], whole: 100).lanes[2]
        #expect(two.bars.map(\.y) == [0, 500, 0])
        #expect(two.bars.allSatisfy { $0.height == 500 })
        #expect(two.microseconds == 75_000)
        let many = lanes((0..<9).map { (.tcpConnect, $0, 50) }, whole: 100).lanes[2]
        #expect(Set(many.bars.map(\.y)) == [0, 250, 500, 750])
    }

    @Test func `the shortest step can be seen, and nothing leaves the picture`() {
        let lanes = lanes([(.srvLookup, 0, 0), (.registration, 10_000, 0)], whole: 10_000).lanes
        for lane in [lanes[0], lanes[5]] {
            #expect(
                lane.bars.allSatisfy { $0.width == AttemptLanes.leastWidth && $0.x >= 0 && $0.x + $0.width <= 1000 })
        }
        // A clock that was set back between two steps.
        let odd = self.lanes([(.srvLookup, -500, 5), (.tcpConnect, 90, 500)], whole: 100).lanes
        #expect(odd.flatMap(\.bars).allSatisfy { $0.x >= 0 && $0.x + $0.width <= 1000 })
    }

    @Test func `what is under way goes as far as now`() {
        let lane = lanes([(.tcpConnect, 0, 10), (.tlsHandshake, 50, 0)], whole: 100, underWay: [1]).lanes[3]
        #expect(lane.bars == [.init(x: 500, width: 500, y: 0, height: 1000, outcome: .underWay)])
        #expect(lane.outcome == .underWay)
    }
}
