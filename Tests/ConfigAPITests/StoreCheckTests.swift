import Dispatch
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// How often the store is asked, and how long it may take.
@Suite struct StoreCheckTests {
    /// A store whose answers the test gives.
    private final class Doubt: Sendable {
        private let asked = NIOLockedValueBox<[@Sendable (Bool) -> Void]>([])

        var count: Int { asked.withLockedValue { $0.count } }

        func check(_ completion: @escaping @Sendable (Bool) -> Void) { asked.withLockedValue { $0.append(completion) } }

        func answer(_ index: Int, _ isUsable: Bool) { asked.withLockedValue { $0[index] }(isUsable) }
    }

    private let doubt = Doubt()
    private let answers = WatchedValue<[Bool]>([])

    private func check(freshness: UInt64 = .max, patience: DispatchTimeInterval = .seconds(600)) -> StoreCheck {
        StoreCheck(freshness: freshness, patience: patience) { [doubt] in doubt.check($0) }
    }

    private func ask(_ check: StoreCheck) -> Bool? {
        check.isUsable { [answers] isUsable in answers.update { $0.append(isUsable) } }
    }

    @Test(arguments: [true, false]) func `all who ask at once share one look, and its outcome holds`(isUsable: Bool) {
        let check = check()
        for _ in 0..<100 { #expect(ask(check) == nil) }
        #expect(doubt.count == 1)
        doubt.answer(0, isUsable)
        #expect(answers.value == Array(repeating: isUsable, count: 100))
        #expect(ask(check) == isUsable)
        #expect(doubt.count == 1)
        #expect(answers.value.count == 100)
    }

    @Test func `an outcome that is old counts no more`() {
        let check = check(freshness: 0)
        for number in 1...3 {
            #expect(ask(check) == nil)
            #expect(doubt.count == number)
            doubt.answer(number - 1, true)
        }
        #expect(answers.value == [true, true, true])
    }

    @Test func `a store that does not answer is not usable, and is asked no more until it has answered`() async throws {
        let check = check(patience: .milliseconds(1))
        #expect(ask(check) == nil)
        #expect(try await answers.wait { !$0.isEmpty } == [false])
        #expect(ask(check) == false)
        #expect(doubt.count == 1)
        doubt.answer(0, true)
        #expect(ask(check) == true)
        #expect(answers.value == [false], "nobody hears twice")
    }
}
