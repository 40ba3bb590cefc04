import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Which events logins make, without a database or a clock.
@Suite struct LoginEventsTests {
    private var logins = LoginEvents()
    private let start = ContinuousClock.now
    private var rows: [Int: LoginEvents.Row] = [:]

    private mutating func note(
        _ username: String = "alice", _ verdict: LoginVerdict = .refused(.notAuthorized),
        by requester: Requester? = nil,
        at second: Int64
    ) {
        logins.note(
            .sample(username, verdict), askedBy: requester, at: Timestamp(milliseconds: second * 1000),
            now: start + .seconds(second))
    }

    /// What the log does each second: a database that always works.
    /// - Returns: How many rows were written.
    @discardableResult private mutating func write(at second: Int64, all: Bool = false) -> Int {
        logins.close(at: start + .seconds(second))
        #expect(logins.hasDue(all: all) == !logins.due(all: all).isEmpty)
        let due = logins.due(all: all).map { row in
            var row = row
            row.id = row.id ?? Int64(row.number)
            rows[row.number] = row
            return row
        }
        logins.stored(due)
        return due.count
    }

    /// The rows in their order, as words.
    private var words: [String] {
        rows.values.sorted { $0.number < $1.number }.map(\.event).map { event in
            let facts = [
                event.kind.rawValue, event.door?.rawValue, event.name ?? "-", event.reason, event.requester?.user,
                event.requester?.address, "\(event.at.milliseconds / 1000)", "x\(event.count)",
                event.lastAt.map { "\($0.milliseconds / 1000)" },
            ]
            return facts.compactMap { $0 }.joined(separator: " ")
        }
    }

    @Test(
        arguments: zip(
            LoginVerdict.allCases, ["Accepted", "Refused", "Refused", "Refused"] + Array(repeating: "Failed", count: 4))
    )
    mutating func `a verdict and its event`(verdict: LoginVerdict, kind: String) {
        note("alice", verdict, at: 5)
        write(at: 6)
        let reason = verdict.reason.map { " \($0)" } ?? ""
        #expect(words == ["login\(kind) xmpp alice@example.test\(reason) 5 x1"])
    }

    @Test mutating func `who asks over the API is in the event`() {
        let gate = Requester(user: "gate", address: "192.0.2.7")
        note(by: gate, at: 0)
        note(by: gate, at: 1)
        note(by: Requester(user: "gate", address: "192.0.2.8"), at: 2)
        note(at: 3)
        write(at: 4)
        #expect(
            words == [
                "loginRefused api alice@example.test notAuthorized gate 192.0.2.7 0 x2 1",
                "loginRefused api alice@example.test notAuthorized gate 192.0.2.8 2 x1",
                "loginRefused xmpp alice@example.test notAuthorized 3 x1",
            ])
    }

    @Test mutating func `another name, verdict or reason is another event, however they alternate`() {
        for second: Int64 in 0..<10 {
            note(at: second)
            note("bob", at: second)
            note("alice", .accepted, at: second)
            note("alice", .refused(.tooManyAttempts), at: second)
            note("alice", .failed(.timedOut), at: second)
        }
        write(at: 10)
        #expect(
            words == [
                "loginRefused xmpp alice@example.test notAuthorized 0 x10 9",
                "loginRefused xmpp bob@example.test notAuthorized 0 x10 9",
                "loginAccepted xmpp alice@example.test 0 x10 9",
                "loginRefused xmpp alice@example.test tooManyAttempts 0 x10 9",
                "loginFailed xmpp alice@example.test timedOut 0 x10 9",
            ])
    }

    @Test mutating func `a minute is one event, written twice, and the next minute is another`() {
        var writes = 0
        for second: Int64 in 0..<150 {
            writes += write(at: second)
            note(at: second)
        }
        #expect(writes == 5)
        #expect(
            words == [
                "loginRefused xmpp alice@example.test notAuthorized 0 x60 59",
                "loginRefused xmpp alice@example.test notAuthorized 60 x60 119",
                "loginRefused xmpp alice@example.test notAuthorized 120 x1",
            ])
        write(at: 200)
        #expect(words.last == "loginRefused xmpp alice@example.test notAuthorized 120 x30 149")
    }

    @Test mutating func `nothing is kept that is over and stored`() {
        note(at: 0)
        note("bob", at: 30)
        write(at: 31)
        #expect(logins.count == 2)
        #expect(write(at: 60) == 0)
        #expect(logins.count == 1)
        #expect(write(at: 90) == 0)
        #expect(logins.isEmpty)
    }

    @Test mutating func `who looks sees the counts of the moment`() {
        note(at: 0)
        write(at: 1)
        note(at: 2)
        #expect(write(at: 3) == 0)
        #expect(write(at: 3, all: true) == 1)
        #expect(words == ["loginRefused xmpp alice@example.test notAuthorized 0 x2 2"])
        #expect(write(at: 4, all: true) == 0)
    }

    @Test mutating func `of ever new names a thousand a minute have events, and the others one`() {
        for second: Int64 in 0..<60 {
            for attempt in 0..<200 { note("guess-\(second)-\(attempt)", at: second) }
            write(at: second)
        }
        note("guess-0-0", at: 59)
        write(at: 59, all: true)
        #expect(rows.count == LoginEvents.mostNames + 1)
        #expect(words[0] == "loginRefused xmpp guess-0-0@example.test notAuthorized 0 x2 59")
        #expect(words[999] == "loginRefused xmpp guess-4-199@example.test notAuthorized 4 x1")
        #expect(words[1000] == "loginRefused xmpp - notAuthorized 5 x11000 59")
        #expect(rows.values.map(\.event.count).reduce(0, +) == 12_001)
        // A minute later there is room again.
        write(at: 64)
        note("guess", at: 65)
        write(at: 65)
        #expect(words.last == "loginRefused xmpp guess@example.test notAuthorized 65 x1")
    }

    @Test mutating func `who tries names costs the others none, and each reason and door is counted by itself`() {
        let gate = Requester(user: "gate", address: "192.0.2.7")
        for attempt in 0..<1500 {
            note("guess-\(attempt)", attempt % 2 == 0 ? .refused(.notAuthorized) : .refused(.tooManyAttempts), at: 0)
            note("guess-\(attempt)", by: attempt % 2 == 0 ? gate : nil, at: 0)
        }
        note("alice", .accepted, at: 1)
        note("alice", .failed(.storeFailed), at: 1)
        write(at: 1)
        #expect(
            words.suffix(2) == [
                "loginAccepted xmpp alice@example.test 1 x1",
                "loginFailed xmpp alice@example.test storeFailed 1 x1",
            ])
        #expect(
            Set(words.filter { $0.contains(" - ") }.map { $0.split(separator: " ").prefix(4).joined(separator: " ") })
                == [
                    "loginRefused xmpp - notAuthorized", "loginRefused xmpp - tooManyAttempts",
                    "loginRefused api - notAuthorized",
                ])
        #expect(rows.values.filter { $0.event.kind == .loginRefused }.map(\.event.count).reduce(0, +) == 3000)
    }

    /// For an hour nothing can be stored.
    @Test mutating func `memory is bounded while nothing is written, and nothing is lost`() {
        var most = 0
        for second: Int64 in 0..<3600 {
            note(at: second)
            for attempt in 0..<20 { note("guess-\(second)-\(attempt)", at: second) }
            note("guest\(second)", .accepted, at: second)
            logins.close(at: start + .seconds(second))
            most = max(most, logins.count)
        }
        #expect(most <= 2 * (2 * LoginEvents.mostNames + 2))
        write(at: 3600)
        write(at: 3601)
        #expect(rows.values.map(\.event.count).reduce(0, +) == 3600 * 22)
        write(at: 3661)
        write(at: 3662)
        #expect(logins.isEmpty)
    }

    @Test mutating func `a login that comes while its event is being written is in the next write`() {
        note(at: 0)
        let taken = logins.due(all: false)
        note(at: 1)
        logins.close(at: start + .seconds(60))
        logins.stored(taken.map { LoginEvents.Row(number: $0.number, id: 7, event: $0.event) })
        #expect(logins.due(all: false).map(\.id) == [7])
        #expect(logins.due(all: false).map(\.event.count) == [2])
        #expect(write(at: 61) == 1)
        #expect(logins.isEmpty)
    }

    @Test(arguments: [
        ("Alice", "Alice@example.test"), ("", "@example.test"), ("a\nb\u{202e}", #"a\u{a}b\u{202e}@example.test"#),
        ("zoë", "zoë@example.test"),
    ])
    mutating func `a name is as it was sent, and safe to show`(username: String, name: String) throws {
        note(username, at: 0)
        #expect(logins.due(all: false).map(\.event.name) == [name])
    }

    @Test mutating func `a name is bounded, and what is alike up to there is one event`() throws {
        note(String(repeating: "é", count: 100_000), at: 0)
        note(String(repeating: "é", count: 1_000), at: 0)
        let events = logins.due(all: false).map(\.event)
        #expect(events.map(\.count) == [2])
        #expect(events.first?.name == String(repeating: "é", count: 126) + "…")
    }
}
