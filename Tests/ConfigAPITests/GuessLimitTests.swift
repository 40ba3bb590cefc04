import Testing

@testable import ConfigAPI

/// What counts as guessing, as scripts: at a second, an event, and what is expected of it.
@Suite struct GuessLimitTests {
    /// What happens for one pair.
    enum Event: Sendable {
        /// A wrong password that is looked at.
        case wrong
        /// The right one, looked at.
        case right
        /// Nothing is looked at, and so many seconds are named.
        case refused(Int)
        /// A proof begins, or ends.
        case begins
        case endsWrong
        case endsRight
        /// It would be looked at.
        case open
    }

    struct Script: Sendable, CustomStringConvertible {
        let description: String
        let attempts: Int
        let steps: [(second: Double, event: Event)]

        init(_ description: String, attempts: Int = 3, _ steps: [(Double, Event)]) {
            self.description = description
            self.attempts = attempts
            self.steps = steps.map { (second: $0.0, event: $0.1) }
        }
    }

    private static let scripts: [Script] = [
        Script(
            "the third wrong one ends it for a minute",
            [
                (0, .wrong), (1, .wrong), (2, .wrong), (2, .refused(60)), (3.5, .refused(59)), (61.5, .refused(1)),
                (62, .open),
            ]),
        Script(
            "wrong ones a minute apart do not add up",
            [(0, .wrong), (30, .wrong), (60, .wrong), (61, .open), (89, .wrong), (89, .refused(60))]),
        Script(
            "wrong ones that grow too old during a proof do not add up with it",
            [(0, .wrong), (0, .wrong), (59.9, .begins), (60.1, .endsWrong), (60.1, .open)]),
        Script(
            "after the minute it begins anew",
            [
                (0, .wrong), (0, .wrong), (0, .wrong), (60, .wrong), (60, .wrong), (60, .open), (61, .wrong),
                (62, .refused(59)),
            ]),
        Script(
            "a right one neither counts nor clears",
            [(0, .wrong), (1, .right), (1, .right), (2, .wrong), (3, .right), (4, .wrong), (4, .refused(60))]),
        Script(
            "what is under way counts as wrong until it is over",
            [
                (0, .wrong), (0, .begins), (0, .begins), (0, .refused(1)), (1, .endsRight), (1, .begins),
                (1, .refused(1)),
                (2, .endsWrong), (2, .endsWrong), (2, .refused(60)),
            ]),
        Script("one is enough where one is allowed", attempts: 1, [(0, .wrong), (0, .refused(60)), (60, .wrong)]),
        Script(
            "no limit", attempts: 0,
            [(0, .wrong), (0, .wrong), (0, .begins), (0, .begins), (0, .endsWrong), (0, .open), (0, .right)]),
    ]

    private let start = ContinuousClock.now
    private let pair = Self.pair("192.0.2.7", "admin")

    private static func pair(_ address: String, _ name: String) -> GuessLimit.Pair {
        GuessLimit.Pair(client: .init(address), name: name)
    }

    private static func whole(_ duration: Duration?) -> Int? {
        duration.map { Int(($0 / .seconds(1)).rounded(.up)) }
    }

    @Test(arguments: scripts) func `guessing is counted`(script: Script) {
        var limit = GuessLimit(attempts: script.attempts)
        for (number, (second, event)) in script.steps.enumerated() {
            let now = start + .seconds(second)
            switch event {
            case .wrong, .right:
                let isWrong = if case .wrong = event { true } else { false }
                #expect(limit.begin(pair, at: now) == nil, "step \(number)")
                _ = limit.end([pair], wereWrong: isWrong, at: now)
            case .begins: #expect(limit.begin(pair, at: now) == nil, "step \(number)")
            case .endsWrong: _ = limit.end([pair], wereWrong: true, at: now)
            case .endsRight: _ = limit.end([pair], wereWrong: false, at: now)
            case .refused(let seconds): #expect(Self.whole(limit.begin(pair, at: now)) == seconds, "step \(number)")
            case .open:
                #expect(limit.wait(for: pair, at: now) == nil, "step \(number)")
                var copy = limit
                #expect(copy.begin(pair, at: now) == nil, "step \(number)")
            }
        }
        #expect(script.attempts > 0 || limit.isEmpty)
    }

    @Test func `a pair is told once that it has to wait`() {
        var limit = GuessLimit(attempts: 2)
        let tellings = (0..<2).map { second in
            _ = limit.begin(pair, at: start + .seconds(second))
            return limit.end([pair], wereWrong: true, at: start + .seconds(second))
        }
        #expect(tellings == [[], [pair]])
    }

    @Test(arguments: [
        ("192.0.2.7", "admin", true), ("192.0.2.8", "admin", false), ("192.0.2.7", "Admin", false),
        ("2001:db8::1", "admin", false),
    ]) func `another address or name is another pair`(address: String, name: String, isSame: Bool) {
        #expect((Self.pair(address, name) == pair) == isSame)
    }

    @Test(arguments: [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", true), ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ("::1", "0.0.0.1", false),
    ]) func `an IPv6 network is one address`(one: String, other: String, isSame: Bool) {
        #expect((Self.pair(one, "a") == Self.pair(other, "a")) == isSame)
    }

    @Test func `a long name is cut, so that nobody fills the memory with it`() {
        let long = String(repeating: "é", count: 20_000)
        #expect(Self.pair("192.0.2.7", long).name.utf8.count <= 2 * UserRules.longestName)
        #expect(
            Self.pair("192.0.2.7", String(repeating: "a", count: 255))
                != Self.pair("192.0.2.7", String(repeating: "a", count: 256)))
    }

    @Test func `the list is bounded, and who is in it does not get out by filling it`() {
        var limit = GuessLimit(attempts: 3)
        func wrong(_ pairs: [GuessLimit.Pair], at second: Double) {
            for pair in pairs { _ = limit.begin(pair, at: start + .seconds(second)) }
            _ = limit.end(pairs, wereWrong: true, at: start + .seconds(second))
        }
        let nearly = Self.pair("192.0.2.8", "admin")
        for second in [0.0, 1, 2] { wrong([pair], at: second) }
        for second in [0.0, 1] { wrong([nearly], at: second) }
        wrong((0..<10_000).map { Self.pair("192.0.2.7", "name-\($0)") }, at: 3)
        #expect(limit.count == GuessLimit.mostPairs)
        #expect(limit.wait(for: pair, at: start + .seconds(4)) != nil)
        wrong([nearly], at: 5)
        #expect(limit.wait(for: nearly, at: start + .seconds(5)) != nil)
        // And all of it is gone after a minute.
        wrong([Self.pair("192.0.2.9", "admin")], at: 66)
        #expect(limit.count == 1)
    }
}
