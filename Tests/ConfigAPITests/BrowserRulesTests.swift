import HTTPTypes
import Testing

@testable import ConfigAPI

/// What the answers say that no resource makes; the others are seen with each row of the contract's table.
@Suite struct BrowserRulesTests {
    private static let names = ["X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy"]
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    @Test(
        arguments: [.badRequest, .forbidden, .contentTooLarge, .serviceUnavailable] as [HTTPResponse.Status],
        [false, true])
    func `the server's own refusals say it too`(status: HTTPResponse.Status, isSecure: Bool) throws {
        let head = HTTPServerRequest(
            method: .get, target: "", headerFields: [:], remoteAddress: "192.0.2.7", isSecure: isSecure)
        let answer = harness.handler.refusal(status: status, head)
        #expect(answer.status == status)
        for name in Self.names { #expect(answer.headerFields[try #require(HTTPField.Name(name))] != nil) }
        #expect(answer.headerFields[.server] == "Callbridge/test")
        #expect((answer.headerFields[.strictTransportSecurity] != nil) == isSecure)
    }

    @Test func `an answer may have a policy of its own`() {
        var fields: HTTPFields = [.contentSecurityPolicy: "default-src 'self'"]
        BrowserRules.add(to: &fields, isSecure: false)
        #expect(fields[.contentSecurityPolicy] == "default-src 'self'")
    }
}
