import Foundation
import GRDB
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// The login policy in the database.
@Suite struct LoginPolicyStoreTests {
    private let directory: ScratchDirectory
    private let path: String

    init() throws {
        directory = try ScratchDirectory()
        path = directory.path + "/store.sqlite"
    }

    private func change(
        _ store: Store, _ change: LoginPolicyChange, from initial: LoginPolicy = LoginPolicy(),
        by requester: Requester? = nil, ifRevision isWanted: @escaping @Sendable (Int) -> Bool = { _ in true }
    ) async -> Store.LoginPolicyOutcome {
        await withCheckedContinuation { continuation in
            store.changeLoginPolicy(change, from: initial, by: requester, ifRevision: isWanted) {
                continuation.resume(returning: $0)
            }
        }
    }

    /// The parameters that a change has changed.
    private func changed(
        _ store: Store, _ change: LoginPolicyChange, from initial: LoginPolicy = LoginPolicy()
    ) async throws -> [LoginPolicyChange.Parameter] {
        let outcome = await self.change(store, change, from: initial)
        guard case .stored(_, let changed) = outcome else {
            Issue.record("\(outcome)")
            return []
        }
        return changed
    }

    private func events(_ store: Store) throws -> [Event] {
        try store.database.read { try EventRow.page(try Page(query: nil), in: $0).map(\.event) }
    }

    @Test func `at first there is none, and what the server was started with counts`() throws {
        let store = try Store(path: path)
        let initial = LoginPolicy(mode: .guests)
        #expect(store.loginPolicy == StoredLoginPolicy())
        #expect(LoginSettings(store: store, initial: initial).policy == initial)
        #expect(!LoginSettings(store: store, initial: initial).isStored)
    }

    @Test func `the first change is one of what the server was started with, and stores the whole`() async throws {
        var store: Store? = try Store(path: path)
        let initial = LoginPolicy(mode: .http, url: "https://a.test/", hosts: ["a.test", "b.test"])
        let settings = LoginSettings(store: try #require(store), initial: initial)
        #expect(try await changed(#require(store), LoginPolicyChange(mode: .set(.users)), from: initial) == [.mode])
        let expected = StoredLoginPolicy(
            revision: 1, policy: LoginPolicy(mode: .users, url: "https://a.test/", hosts: ["a.test", "b.test"]))
        #expect(store?.loginPolicy == expected)
        #expect(settings.policy == expected.policy)
        store = nil
        // After that it counts, however the server is started.
        let again = try Store(path: path)
        #expect(again.loginPolicy == expected)
        #expect(LoginSettings(store: again, initial: initial).policy == expected.policy)
        #expect(LoginSettings(store: again, initial: initial).isStored)
        #expect(
            try await changed(again, LoginPolicyChange(mode: .clear, url: .clear, hosts: .clear), from: initial)
                == [.mode, .url, .hosts])
        #expect(try Store(path: path).loginPolicy == StoredLoginPolicy(revision: 2, policy: LoginPolicy()))
    }

    @Test func `what is said for the first time is stored, also where it changes nothing`() async throws {
        let initial = LoginPolicy(mode: .users)
        let store = try Store(path: path)
        #expect(try await changed(store, LoginPolicyChange(), from: initial) == [])
        #expect(store.loginPolicy == StoredLoginPolicy())
        #expect(try await changed(store, LoginPolicyChange(mode: .set(.users)), from: initial) == [.mode])
        #expect(try Store(path: path).loginPolicy == StoredLoginPolicy(revision: 1, policy: initial))
        #expect(try events(store).count == 1)
    }

    @Test func `what changes nothing is not stored`() async throws {
        let store = try Store(path: path)
        let initial = LoginPolicy(mode: .users)
        #expect(try await changed(store, LoginPolicyChange(mode: .set(.guests)), from: initial) == [.mode])
        #expect(try await changed(store, LoginPolicyChange(mode: .set(.guests)), from: initial) == [])
        #expect(store.loginPolicy.revision == 1)
        #expect(try events(store).count == 1)
    }

    @Test func `a change and its event are one`() async throws {
        let store = try Store(path: path)
        let admin = Requester(user: "admin", address: "2001:db8::7")
        _ = await change(store, LoginPolicyChange(mode: .set(.users), hosts: .set(["a.test"])), by: admin)
        let event = try #require(try events(store).first)
        #expect(event.kind == .loginPolicyChanged && event.requester == admin && event.revision == 1)
        #expect(event.fields == ["mode", "hosts"])
        try await store.database.write { try $0.execute(sql: "DROP TABLE event") }
        let failures = store.writes.counts.failures
        guard case .failed = await change(store, LoginPolicyChange(mode: .clear), by: admin) else {
            Issue.record("changed without an event")
            return
        }
        #expect(store.loginPolicy.policy?.mode == .users)
        #expect(store.writes.counts.failures == failures + 1)
        #expect(try Store(path: path).loginPolicy == store.loginPolicy)
    }

    @Test func `a change for another revision is stale`() async throws {
        let store = try Store(path: path)
        guard case .stale = await change(store, LoginPolicyChange(mode: .set(.users)), ifRevision: { $0 == 1 }) else {
            Issue.record("changed")
            return
        }
        #expect(store.loginPolicy == StoredLoginPolicy())
    }

    @Test func `the domain that counts is that of the configuration`() async throws {
        let store = try Store(path: path)
        var configuration = ConfigurationChange()
        configuration.domain = .set("a.test")
        // Asked for first, so made first.
        store.change(configuration) { _ in }
        guard case .refused(let errors) = await change(store, LoginPolicyChange(hosts: .set(["b.test"]))) else {
            Issue.record("accepted")
            return
        }
        #expect(errors.errors.map(\.parameter) == ["hosts"])
        #expect(store.loginPolicy == StoredLoginPolicy())
        #expect(store.configuration.revision == 1)
    }

    @Test func `concurrent changes are all there, each with its own revision`() async throws {
        let store = try Store(path: path)
        let revisions = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let outcome = await change(store, LoginPolicyChange(hosts: .set(["h\(number).test"])))
                    guard case .stored(let stored, _) = outcome else { return nil }
                    return stored.revision
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(revisions.compactMap(\.self).sorted() == Array(1...50))
    }

    @Test(arguments: [
        ("mode = 'everybody'", "mode"), ("mode = 'http'", "url"), ("mode = 'users', url = 'http://a.test/'", "url"),
        ("mode = 'users', hosts = 'a.test, b.test'", "list of hosts"), ("mode = 'users', hosts = ''", "list of hosts"),
    ]) func `what can't be read is not passed over`(values: String, column: String) throws {
        _ = try Store(path: path)
        try Store.execute("UPDATE login SET \(values)", in: path)
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.description.hasPrefix("The database holds a login policy whose \(column) can't be read: "))
    }

    @Test func `a row that is gone is not passed over`() throws {
        _ = try Store(path: path)
        try Store.execute("DELETE FROM login", in: path)
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.description == "The database has no row for the login policy.")
    }
}
