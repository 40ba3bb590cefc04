import BridgeEngine
import NIOConcurrencyHelpers
import Testing

@testable import ConfigAPI

@Suite struct PasswordHashTests {
    private static let cheap = PasswordHash.Cost(logN: 4, r: 8, p: 1)

    @Test func `a stored hash matches its password and no other`() throws {
        let stored = try PasswordHash(Secret("right"), cost: Self.cheap).stored
        #expect(stored.hasPrefix("$scrypt$ln=4,r=8,p=1$"))
        let read = try #require(PasswordHash(stored))
        #expect(read.matches(Secret("right")))
        #expect(!read.matches(Secret("right ")))
        #expect(!read.matches(Secret("")))
    }

    @Test func `nobody's hash is like any other, and no password's`() throws {
        let cost = PasswordHash.Cost(logN: 4, r: 8, p: 5)
        let (one, other) = (try PasswordHash.ofNobody(cost: cost), try PasswordHash.ofNobody(cost: cost))
        #expect(one != other)
        #expect(one.cost == cost)
        #expect(one.stored.count == (try PasswordHash(Secret("x"), cost: cost)).stored.count)
        #expect(!one.matches(Secret("")) && !one.matches(Secret("x")))
        #expect(PasswordHash(one.stored) == one)
    }

    @Test func `two hashes of one password differ`() throws {
        let hashes = try (0..<2).map { _ in try PasswordHash(Secret("same"), cost: Self.cheap).stored }
        #expect(hashes[0] != hashes[1])
    }

    /// RFC 7914 §12: N=1024, r=8, p=16 of "password" and "NaCl"; the first 32 bytes.
    @Test func `the hash is scrypt`() throws {
        let hash = "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"
        #expect(try #require(PasswordHash(hash)).matches(Secret("password")))
    }

    @Test(arguments: [
        "", "$scrypt$", "$scrypt$ln=4,r=8,p=1$TmFDbA$short", "$scrypt$ln=63,r=8,p=1$TmFDbA$", "plain",
        "$scrypt$ln=4,r=8$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
    ]) func `anything else is no hash`(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test func `credentials are read from the header`() throws {
        let credentials = try #require(BasicCredentials(authorization: "basic YWRtaW46cMOkc3M6d29yZA=="))
        #expect(credentials.name == "admin")
        #expect(credentials.password == Secret("päss:word"))
        for wrong in ["", "Basic", "Basic !", "Basic YWRtaW4=", "Basic YQpiOng=", "Bearer YWRtaW46eA==", "Digest x"] {
            #expect(BasicCredentials(authorization: wrong) == nil)
        }
    }

    @Test func `proved credentials are remembered until all are forgotten`() async throws {
        let hash = try PasswordHash(Secret("right"), cost: Self.cheap)
        let lookups = NIOLockedValueBox(0)
        let authenticator = try Authenticator { name in
            lookups.withLockedValue { $0 += 1 }
            return name == "admin" ? (User(name: name, role: .admin), hash) : nil
        }
        func verdict(_ header: String) async throws -> Authenticator.Verdict {
            let credentials = try #require(BasicCredentials(authorization: header))
            return await withCheckedContinuation { continuation in
                authenticator.verify(credentials, from: "192.0.2.7") { continuation.resume(returning: $0) }
            }
        }
        let right = "Basic YWRtaW46cmlnaHQ="
        let credentials = try #require(BasicCredentials(authorization: right))
        #expect(authenticator.remembered(credentials) == nil)
        #expect(try await verdict(right) == .accepted(User(name: "admin", role: .admin)))
        #expect(authenticator.remembered(credentials)?.name == "admin")
        #expect(try await verdict("Basic YWRtaW46d3Jvbmc=") == .refused)
        #expect(try await verdict("Basic bm9ib2R5OnJpZ2h0") == .refused)
        #expect(lookups.withLockedValue { $0 } == 3)
        authenticator.forgetAll()
        #expect(authenticator.remembered(credentials) == nil)
    }
}
