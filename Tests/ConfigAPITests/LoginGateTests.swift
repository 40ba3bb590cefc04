import BridgeEngine
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// Who is let in, by mode.
@Suite struct LoginGateTests {
    private static let cheap = PasswordHash.Cost(logN: 4, r: 8, p: 1)

    /// A service that says what the test wants.
    private final class NotedService: LoginService {
        let verdict: NIOLockedValueBox<LoginVerdict> = .init(.accepted)
        let asked: NIOLockedValueBox<[(name: String, url: String)]> = .init([])
        /// What happens before it says so.
        let meanwhile: NIOLockedValueBox<@Sendable () async -> Void> = .init({})

        func verdict(on request: LoginRequest, at url: String) async -> LoginVerdict {
            asked.withLockedValue { $0.append((request.username, url)) }
            await meanwhile.withLockedValue { $0 }()
            return verdict.withLockedValue { $0 }
        }

        func trust(_ authorities: [UInt8]?) {}
    }

    private let directory: ScratchDirectory
    private let store: Store
    private let service = NotedService()
    private let time = NIOLockedValueBox(ContinuousClock.now)

    init() throws {
        directory = try ScratchDirectory()
        store = try Store(path: directory.path + "/store.sqlite")
        try add("alice@example.test", "right")
        try add("guest7@example.test", "right")
    }

    private func add(_ jid: String, _ password: String) throws {
        let hash = try PasswordHash(Secret(password), cost: Self.cheap).stored
        try store.database.write {
            try $0.execute(
                sql: "INSERT INTO bridgeUser (id, userJid, name, foldedName, passwordHash) VALUES (?, ?, '', '', ?)",
                arguments: [jid, jid, hash])
        }
    }

    private func gate(_ policy: LoginPolicy, attempts: Int = 0) throws -> LoginGate {
        let time = time
        return try LoginGate(
            store: store, settings: LoginSettings(store: store, initial: policy), attempts: attempts, cost: Self.cheap,
            service: service, logger: HTTPTestServer.logger, now: { time.withLockedValue { $0 } })
    }

    private func request(_ username: String, _ password: String, host: String = "example.test") -> LoginRequest {
        LoginRequest(username: username, host: host, password: Secret(password))
    }

    private static let refused = LoginVerdict.refused(.notAuthorized)

    @Test(
        arguments: [
            (.nobody, "alice", "right", refused), (.nobody, "guest1", "", refused),
            (.users, "alice", "right", .accepted), (.users, "ALICE", "right", .accepted),
            (.users, "alice", "wrong", refused), (.users, "alice", "", refused), (.users, "bob", "right", refused),
            (.users, "guest1", "", refused), (.users, "guest7", "right", .accepted),
            (.guests, "guest1", "", .accepted), (.guests, "Guest1", "whatever", .accepted),
            (.guests, "guest", "", refused), (.guests, "guest1a", "", refused), (.guests, "guest-1", "", refused),
            (.guests, "guest１", "", refused), (.guests, "xguest1", "", refused), (.guests, "alice", "right", refused),
            (.usersAndGuests, "alice", "right", .accepted), (.usersAndGuests, "alice", "wrong", refused),
            (.usersAndGuests, "guest1", "", .accepted), (.usersAndGuests, "guest7", "", refused),
            (.usersAndGuests, "guest7", "right", .accepted), (.usersAndGuests, "bob", "", refused),
            (.users, "alice@example.test", "right", refused), (.users, "", "right", refused),
            (.users, "al ice", "right", refused), (.users, "ａlice", "right", refused),
            (.guests, "guest1/x", "", refused),
        ] as [(LoginPolicy.Mode, String, String, LoginVerdict)])
    func `who is let in`(mode: LoginPolicy.Mode, name: String, password: String, verdict: LoginVerdict) async throws {
        let gate = try gate(LoginPolicy(mode: mode))
        #expect(await gate.verdict(on: request(name, password)) == verdict)
        // Once more, where it may be remembered.
        #expect(await gate.verdict(on: request(name, password)) == verdict)
        #expect(service.asked.withLockedValue { $0.isEmpty })
    }

    @Test func `a user is one of one host`() async throws {
        let gate = try gate(LoginPolicy(mode: .users))
        #expect(await gate.verdict(on: request("alice", "right", host: "login.example.test")) == Self.refused)
    }

    @Test(arguments: [
        LoginVerdict.accepted, refused, .failed(.serviceFailed), .failed(.timedOut),
    ])
    func `a service decides`(verdict: LoginVerdict) async throws {
        let gate = try gate(LoginPolicy(mode: .http, url: "https://login.example.test/"))
        service.verdict.withLockedValue { $0 = verdict }
        #expect(await gate.verdict(on: request("alice", "right")) == verdict)
        #expect(await gate.verdict(on: request("guest1", "any")) == verdict)
        let asked = service.asked.withLockedValue { $0 }
        #expect(asked.map(\.name) == ["alice", "guest1"])
        #expect(asked.allSatisfy { $0.url == "https://login.example.test/" })
    }

    @Test func `a service that nobody has named can't decide`() async throws {
        #expect(
            await (try gate(LoginPolicy(mode: .http))).verdict(on: request("alice", "right"))
                == .failed(.serviceFailed))
    }

    @Test(arguments: [LoginPolicy.Mode.users, .http])
    func `guessing is slowed down per name, however it is written`(mode: LoginPolicy.Mode) async throws {
        let gate = try gate(LoginPolicy(mode: mode, url: "https://login.example.test/"), attempts: 3)
        try add("bob@example.test", "right")
        service.verdict.withLockedValue { $0 = Self.refused }
        for name in ["alice", "Alice", "ALICE"] {
            #expect(await gate.verdict(on: request(name, "wrong \(name)")) == Self.refused)
        }
        service.verdict.withLockedValue { $0 = .accepted }
        // The right one included, or it could be found out that way.
        #expect(await gate.verdict(on: request("alice", "right")) == .refused(.tooManyAttempts))
        // The host is not to blame.
        #expect(await gate.verdict(on: request("bob", "right")) == .accepted)
        time.withLockedValue { $0 += .seconds(60) }
        #expect(await gate.verdict(on: request("alice", "right")) == .accepted)
    }

    @Test(arguments: [LoginPolicy.Mode.users, .http])
    func `what fails is no wrong password`(mode: LoginPolicy.Mode) async throws {
        let gate = try gate(LoginPolicy(mode: mode, url: "https://login.example.test/"), attempts: 1)
        service.verdict.withLockedValue { $0 = .failed(.serviceFailed) }
        try await store.database.write { try $0.execute(sql: "ALTER TABLE bridgeUser RENAME TO away") }
        let verdict = await gate.verdict(on: request("alice", "right"))
        #expect(verdict == .failed(mode == .users ? .storeFailed : .serviceFailed))
        try await store.database.write { try $0.execute(sql: "ALTER TABLE away RENAME TO bridgeUser") }
        service.verdict.withLockedValue { $0 = .accepted }
        #expect(await gate.verdict(on: request("alice", "right")) == .accepted)
    }

    @Test func `guests can't be told from users where the users can't be read`() async throws {
        let gate = try gate(LoginPolicy(mode: .usersAndGuests))
        try await store.database.write { try $0.execute(sql: "DROP TABLE bridgeUser") }
        #expect(await gate.verdict(on: request("guest7", "")) == .failed(.storeFailed))
    }

    @Test func `a changed password counts once the gate has been told`() async throws {
        let gate = try gate(LoginPolicy(mode: .users))
        #expect(await gate.verdict(on: request("alice", "right")) == .accepted)
        let hash = try PasswordHash(Secret("new"), cost: Self.cheap).stored
        try await store.database.write {
            try $0.execute(sql: "UPDATE bridgeUser SET passwordHash = ?", arguments: [hash])
        }
        gate.forgetAll()
        #expect(await gate.verdict(on: request("alice", "right")) == Self.refused)
        #expect(await gate.verdict(on: request("alice", "new")) == .accepted)
    }

    @Test func `nobody is let in by a policy that has been replaced meanwhile`() async throws {
        let domain = ConfigurationChange(domain: .set("example.test"))
        await withCheckedContinuation { continuation in self.store.change(domain) { _ in continuation.resume() } }
        let gate = try gate(LoginPolicy(mode: .http, url: "https://login.example.test/"))
        let (store, initial) = (store, LoginPolicy(mode: .http, url: "https://login.example.test/"))
        for (change, verdict) in [
            (LoginPolicyChange(mode: .set(.nobody)), Self.refused),
            (LoginPolicyChange(mode: .set(.http), hosts: .set(["other.example.test"])), .refused(.hostNotAllowed)),
        ] {
            service.meanwhile.withLockedValue { meanwhile in
                meanwhile = {
                    await withCheckedContinuation { continuation in
                        store.changeLoginPolicy(change, from: initial) { _ in continuation.resume() }
                    }
                }
            }
            #expect(await gate.verdict(on: request("alice", "right")) == verdict)
            await withCheckedContinuation { continuation in
                let back = LoginPolicyChange(mode: .set(.http), hosts: .clear)
                store.changeLoginPolicy(back, from: initial) { _ in continuation.resume() }
            }
        }
    }

    @Test func `a user who is removed while the password is proved is not let in`() async throws {
        let hash = try PasswordHash(Secret("right"), cost: Self.cheap)
        let gone = NIOLockedValueBox(false)
        let box = NIOLockedValueBox<PasswordProver<BridgeUser>?>(nil)
        let prover = try PasswordProver<BridgeUser>(cost: Self.cheap) { name in
            if gone.withLockedValue({ $0 }) { return nil }
            // Between the look-up and the verdict.
            gone.withLockedValue { $0 = true }
            box.withLockedValue { $0 }?.forgetAll()
            return (BridgeUser(id: name, userJid: name, name: ""), hash)
        }
        box.withLockedValue { $0 = prover }
        let verdict = await withCheckedContinuation { continuation in
            prover.verify(BasicCredentials(name: "alice@example.test", password: Secret("right")), from: "") {
                continuation.resume(returning: $0)
            }
        }
        #expect(verdict == .refused)
        box.withLockedValue { $0 = nil }
    }

    @Test func `an empty password is no service's business`() async throws {
        let gate = try gate(LoginPolicy(mode: .http, url: "https://login.example.test/"))
        #expect(await gate.verdict(on: request("alice", "")) == Self.refused)
        #expect(service.asked.withLockedValue { $0.isEmpty })
    }

    @Test(arguments: [("mü.example.test", "xn--m-eha.example.test"), ("MÜ.example.test", "xn--m-eha.example.test")])
    func `a host may be written as people write it`(written: String, host: String) throws {
        #expect(try gate(LoginPolicy()).host(of: written) == host)
    }

    @Test(arguments: ["alice@mü.example.test", "mü.example.test/x", "alice@example.test", ""])
    func `a user is no host`(jid: String) throws {
        #expect(try gate(LoginPolicy()).host(of: jid) == nil)
    }

    @Test func `a thousand logins of one user at once are one proof and no guess`() async throws {
        let gate = try gate(LoginPolicy(mode: .users), attempts: 1)
        let accepted = await withTaskGroup(of: LoginVerdict.self) { group in
            for _ in 0..<1000 { group.addTask { await gate.verdict(on: request("alice", "right")) } }
            return await group.reduce(into: 0) { if $1 == .accepted { $0 += 1 } }
        }
        #expect(accepted == 1000)
    }

    @Test func `hosts are those of the policy`() throws {
        #expect(try gate(LoginPolicy()).hosts == LoginHosts())
        #expect(try gate(LoginPolicy(hosts: ["a.test"])).hosts == LoginHosts(listed: ["a.test"]))
    }
}
