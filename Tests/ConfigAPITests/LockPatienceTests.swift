import NIOConcurrencyHelpers
import Testing

@testable import ConfigAPI

/// Waiting for a lock of another process, on a clock of the test's.
@Suite struct LockPatienceTests {
    private let time = NIOLockedValueBox<UInt64>(1_000_000_000_000)
    private let patience: LockPatience

    init() {
        patience = LockPatience(now: { [time] in time.withLockedValue { $0 } }) { [time] microseconds in
            time.withLockedValue { $0 += UInt64(microseconds) * 1000 }
        }
    }

    private func pass(milliseconds: UInt64) { time.withLockedValue { $0 += milliseconds * 1_000_000 } }

    /// Milliseconds that a change waits for a lock that is not released.
    private func wait() -> UInt64 {
        let start = time.withLockedValue { $0 }
        var tries = 0
        while patience.waits(tries: tries) { tries += 1 }
        return (time.withLockedValue { $0 } - start) / 1_000_000
    }

    @Test func `a change waits five seconds, and those behind it do not wait again`() {
        #expect((5000..<5030).contains(wait()))
        for _ in 0..<15 { #expect(wait() == 0) }
        pass(milliseconds: 999)
        #expect(wait() == 0)
        pass(milliseconds: 1)
        #expect((5000..<5030).contains(wait()))
    }

    @Test func `locks that are released in time are waited for, however many there are`() {
        for _ in 0..<1000 {
            for tries in 0..<5 { #expect(patience.waits(tries: tries)) }
            pass(milliseconds: 1)
        }
    }

    @Test func `what is worth a short wait only is nobody else's patience`() {
        let time = patience.hurried { wait() }
        #expect((100..<130).contains(time))
        #expect((5000..<5030).contains(wait()))
        #expect((100..<130).contains(patience.hurried { wait() }))
    }
}
