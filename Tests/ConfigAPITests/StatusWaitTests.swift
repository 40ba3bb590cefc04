import HTTPTypes
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

@Suite struct StatusWaitTests {
    private static let failure = BridgeStatus.LastFailure(
        failure: BridgeFailure(.registration, .notAuthorized, "no"), at: Timestamp(milliseconds: 0))

    private static func status(
        _ state: BridgeStatus.State, revision: Int = 7, failed: Bool = false
    ) -> BridgeStatus {
        var status = NotedBridge().status
        status.state = state
        status.revision = revision
        status.lastFailure = failed ? failure : nil
        return status
    }

    // MARK: Conditions

    private static let reached: [(query: String, status: BridgeStatus, isMet: Bool)] = [
        ("waitFor=connected", status(.connected), true),
        ("waitFor=connected", status(.connecting), false),
        ("waitFor=connected", status(.waiting, failed: true), false),
        ("waitFor=waiting,connecting", status(.connecting), true),
        ("waitFor=connected&revision=7", status(.connected), true),
        ("waitFor=connected&revision=8", status(.connected), false),
        ("waitFor=connected&revision=7", status(.connected, revision: 9), true),
        ("waitFor=settled", status(.connected), true),
        ("waitFor=settled", status(.connecting), false),
        ("waitFor=settled", status(.waiting, failed: true), true),
        ("waitFor=settled", status(.connecting, failed: true), true),
        ("waitFor=settled", status(.notConfigured), true),
        ("waitFor=settled", status(.stopped), true),
        ("waitFor=settled&revision=8", status(.connecting, failed: true), false),
        ("waitFor=settled,connecting", status(.connecting), true),
    ]

    @Test(arguments: reached) func `a state is reached for a revision or a later one`(
        query: String, status: BridgeStatus, isMet: Bool
    ) throws {
        let wait = try #require(try StatusWait.read(query: query))
        #expect(wait.condition.isMet(by: status) == isMet)
        #expect(!wait.isPreference)
    }

    // MARK: Queries

    @Test func `without waitFor there is no wait`() throws {
        #expect(try StatusWait.read(query: nil) == nil)
        #expect(try StatusWait.read(query: "") == nil)
    }

    @Test func `a wait lasts thirty seconds if nothing is said`() throws {
        #expect(try StatusWait.read(query: "waitFor=settled")?.timeout == 30)
        #expect(try StatusWait.read(query: "waitFor=settled&timeout=300")?.timeout == 300)
        #expect(try StatusWait.read(query: "timeout=1&waitFor=connected%2Csettled")?.timeout == 1)
    }

    private static let wrong: [(query: String, errors: [String])] = [
        ("waitFor=", ["waitFor invalidValue"]), ("waitFor=up", ["waitFor invalidValue"]),
        ("waitFor=connected,", ["waitFor invalidValue"]), ("waitFor=Connected", ["waitFor invalidValue"]),
        ("revision=7", ["waitFor missingParameter"]), ("timeout=7", ["waitFor missingParameter"]),
        ("waitFor=settled&revision=-1", ["revision invalidValue"]),
        ("waitFor=settled&revision=x&timeout=0", ["revision invalidValue", "timeout invalidValue"]),
        ("waitFor=settled&timeout=301", ["timeout invalidValue"]),
        ("waitFor=settled&timeout=1.5", ["timeout invalidValue"]),
        ("waitFor=settled&waitFor=settled", ["waitFor duplicateParameter"]),
        ("waitfor=settled", ["waitfor unknownParameter"]), ("settled", ["unknown unknownParameter"]),
        ("%00=1&a%20b=2", ["unknown unknownParameter", "unknown unknownParameter"]),
        ("waitFor=%ff", ["waitFor invalidValue"]),
    ]

    @Test(arguments: wrong) func `a wrong query is named`(query: String, errors: [String]) {
        #expect {
            _ = try StatusWait.read(query: query)
        } throws: { error in
            guard case APIFailure.parameters(let found) = error else { return false }
            return found.errors.map { "\($0.parameter) \($0.kind.rawValue)" } == errors
        }
    }

    // MARK: Preferences

    private static let preferences: [(value: String, timeout: Int?)] = [
        ("wait=30", 30), ("respond-async, wait=5", 5), ("Wait = 7; x=y", 7), ("wait=\"9\"", 9), ("wait=9999", 300),
        ("wait=0", nil), ("wait=x", nil), ("wait", nil), ("waits=3", nil), ("", nil),
    ]

    @Test(arguments: preferences) func `a preference is read, or counts as none`(value: String, timeout: Int?) throws {
        let fields: HTTPFields = [try #require(HTTPField.Name("Prefer")): value]
        let wait = StatusWait.preferred(fields, after: Self.status(.waiting))
        #expect(wait?.timeout == timeout)
        #expect(wait.map { $0.condition == .change(after: 5) && $0.isPreference } ?? true)
        #expect(StatusWait.preferred([:], after: Self.status(.waiting)) == nil)
    }
}
