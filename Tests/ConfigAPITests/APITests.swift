import Foundation
import Logging
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// The HTTP contract, one table in three ways: the handler alone, over HTTP, and over HTTPS.
@Suite(.blocking) struct APITests {
    enum Way: String, CaseIterable {
        case inProcess, http, https
    }

    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    private func ask(_ row: APITable, _ way: Way) async throws -> APIHarness.Answer {
        switch way {
        case .inProcess:
            return try await harness.ask(row.method, row.target, row.headers, body: row.body, user: row.user)
        case .http:
            return try await served(identity: nil) { port in
                let client = HTTPClient(port: port)
                let reply = try client.request(
                    row.method, row.target, headers: row.headers + APIHarness.credentials(row.user),
                    body: row.body.isEmpty ? nil : Array(row.body.utf8))
                return APIHarness.Answer(
                    status: reply.status, headers: reply.headers.fields.map { (name: $0.name, value: $0.value) },
                    body: String(decoding: reply.body, as: UTF8.self))
            }
        case .https:
            let scratch = try ScratchDirectory()
            let made = try SelfSignedCertificate.make(names: [])
            let authority = scratch.path + "/ca.pem"
            try Data(made.certificatePEM).write(to: URL(fileURLWithPath: authority))
            let identity = try ServerIdentity(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM)
            return try await served(identity: identity) { port in
                try CurlClient(authority: authority, port: port).request(row)
            }
        }
    }

    private func served<Result>(identity: ServerIdentity?, _ body: (UInt16) throws -> Result) async throws -> Result {
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let server = try HTTPServer(
            listeners: [.init(socket, identity: identity)], handler: harness.handler,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        let result = Swift.Result { try body(socket.port) }
        await server.stop(within: .seconds(5))
        return try result.get()
    }

    private func expect(_ answer: APIHarness.Answer, _ row: APITable, _ way: Way) {
        #expect(answer.status == row.status)
        if row.status != 304, let body = row.answer { #expect(answer.body == body) }
        for (name, value) in row.fields {
            // The length is the server's to say.
            if way == .inProcess, name == "Content-Length" { continue }
            #expect(answer.header(name) == value, "\(name)")
        }
        #expect(answer.header("Server") == "Callbridge/test")
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("X-Frame-Options") == "DENY")
        #expect(answer.header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'")
        #expect(answer.header("Strict-Transport-Security") == (way == .https ? "max-age=31536000" : nil))
    }

    @Test(arguments: APITable.reads + APITable.refusals, Way.allCases)
    func `a request that changes nothing`(row: APITable, way: Way) async throws {
        expect(try await ask(row, way), row, way)
        #expect(harness.store.configuration == StoredConfiguration())
        #expect(harness.bridge.applied.isEmpty)
    }

    @Test(arguments: APITable.writes, Way.allCases)
    func `a request that changes something`(row: APITable, way: Way) async throws {
        expect(try await ask(row, way), row, way)
        let revision = harness.store.configuration.revision
        #expect(row.fields["ETag"] == "\"\(revision)-xml\"")
        #expect(harness.store.configuration.domain == (revision == 0 ? nil : "example.com"))
        #expect(harness.bridge.applied.map(\.revision) == (revision == 0 ? [] : [1]))
    }

    @Test(arguments: Way.allCases) func `HEAD has the fields of GET, and no body`(way: Way) async throws {
        let get = try await ask(APITable(name: "GET"), way)
        let head = try await ask(APITable(name: "HEAD", method: "HEAD"), way)
        #expect(head.status == 200)
        if way != .inProcess {
            #expect(head.body.isEmpty)
            #expect(head.header("Content-Length") == String(get.body.utf8.count))
        }
        #expect(head.header("ETag") == get.header("ETag"))
    }

    @Test func `the system's status has CMS's fields in CMS's order`() async throws {
        let answer = try await harness.ask("GET", "/api/v1/system/status")
        let names = answer.body.matches(of: /<([a-zA-Z]+)>[^<]*<\/[a-zA-Z]+>/).map { String($0.1) }
        #expect(
            names == [
                "hostId", "softwareVersion", "uptimeSeconds", "cdrTime", "activated", "clusterEnabled",
                "cdrCorrelatorIndex", "callLegsActive", "callLegsMaxActive", "callLegsCompleted",
                "audioBitRateOutgoing", "audioBitRateIncoming", "videoBitRateOutgoing", "videoBitRateIncoming",
            ])
        #expect(answer.body.contains("<hostId>\(harness.store.hostID)</hostId><softwareVersion>2.9</softwareVersion>"))
        #expect(answer.body.contains(/<cdrTime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/cdrTime><activated>true<\/activated>/))
        #expect(UUID(uuidString: harness.store.hostID) != nil)
    }

    @Test func `a change that can't stand with what is stored changes nothing`() async throws {
        let domain = Array(repeating: String(repeating: "d", count: 60), count: 4).joined(separator: ".")
        #expect(try await harness.ask("PUT", "/api/v1/configuration/xmpp", body: "domain=\(domain)").status == 200)
        let answer = try await harness.ask(
            "PUT", "/api/v1/configuration/xmpp", body: "uniqueName=a-name-of-callbridge&sharedSecret=x")
        #expect(answer.status == 400)
        #expect(answer.body.contains(#"<parameterError parameter="uniqueName" error="invalidValue" />"#))
        #expect(harness.store.configuration.sharedSecret == nil)
        #expect(harness.store.configuration.revision == 1)
    }

    /// One of the racing writers wins each revision.
    @Test func `If-Match lets one of many writers through`() async throws {
        let harness = harness
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<16 {
                group.addTask {
                    try await harness.ask(
                        "PUT", "/api/v1/configuration/xmpp", [("If-Match", "\"0\"")], body: "uniqueName=cb\(writer)"
                    ).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 200 }.count == 1)
        #expect(statuses.filter { $0 == 412 }.count == 15)
        #expect(harness.store.configuration.revision == 1)
    }

    // MARK: Alarms

    private static func status(_ outage: BridgeStatus.Outage?, step: ConnectionStep? = nil) -> BridgeStatus {
        var status = NotedBridge().status
        status.step = step
        status.outage = outage
        return status
    }

    @Test func `an outage of ten seconds is an alarm, with the same id as long as it lasts`() {
        let begin = ContinuousClock.now
        let outage = BridgeStatus.Outage(id: Array(0..<16), since: begin, failure: nil)
        let status = Self.status(outage, step: .tcpConnect)
        #expect(AlarmsResource.rows(status: Self.status(nil), now: begin + .seconds(99)).isEmpty)
        #expect(AlarmsResource.rows(status: status, now: begin + .milliseconds(9999)).isEmpty)
        #expect(AlarmsResource.rows(status: status, now: begin + .seconds(10)).count == 1)
        #expect(
            AlarmsResource.rows(status: status, now: begin + .milliseconds(22_500)) == [
                Document.Row(
                    id: "00010203-0405-0607-0809-0a0b0c0d0e0f",
                    fields: [
                        .init("type", .text("xmppRegistrationFailure")), .init("activeTimeSeconds", .integer(12)),
                        .init("failureReason", .text("connectFailure")),
                    ])
            ])
    }

    private static let reasons: [(BridgeFailure, String)] = [
        (BridgeFailure(.srvLookup, .dnsNotFound, ""), "dnsFailure"),
        (BridgeFailure(.addressLookup, .hostNotFound, ""), "dnsFailure"),
        (BridgeFailure(.tcpConnect, .connectionRefused, ""), "connectFailure"),
        (BridgeFailure(.tlsHandshake, .certificateExpired, ""), "connectFailure"),
        (BridgeFailure(.streamOpen, .streamTimedOut, ""), "connectFailure"),
        (BridgeFailure(.registration, .notAuthorized, ""), "authenticationFailure"),
        (BridgeFailure(.registration, .streamError, condition: "resource-constraint", ""), "serviceUnavailable"),
        (BridgeFailure(.connected, .serverShutdown, ""), "serviceUnavailable"),
        (BridgeFailure(.connected, .connectionLost, ""), "error"),
    ]

    @Test(arguments: reasons) func `an alarm has CMS's word for the failure`(failure: BridgeFailure, word: String) {
        let begin = ContinuousClock.now
        let outage = BridgeStatus.Outage(id: Array(0..<16), since: begin, failure: failure)
        let rows = AlarmsResource.rows(status: Self.status(outage), now: begin + .seconds(10))
        #expect(rows.first?.fields.last == .init("failureReason", .text(word)))
    }

    @Test func `an alarm is found by its id while it lasts`() async throws {
        let outage = BridgeStatus.Outage(id: Array(0..<16), since: .now - .seconds(12), failure: nil)
        harness.bridge.status = Self.status(outage, step: .registration)
        let list = try await harness.ask("GET", "/api/v1/system/alarms")
        let alarm =
            #"<alarm id="00010203-0405-0607-0809-0a0b0c0d0e0f"><type>xmppRegistrationFailure</type>"#
            + "<activeTimeSeconds>2</activeTimeSeconds><failureReason>authenticationFailure</failureReason></alarm>"
        #expect(list.body == #"<?xml version="1.0"?><alarms total="1">\#(alarm)</alarms>"#)
        let path = "/api/v1/system/alarms/00010203-0405-0607-0809-0A0B0C0D0E0F"
        #expect(try await harness.ask("GET", path).body == #"<?xml version="1.0"?>\#(alarm)"#)
        let json = try await harness.ask("GET", path, [("Accept", "application/json")])
        #expect(json.body.hasPrefix(#"{"id":"00010203-0405-0607-0809-0a0b0c0d0e0f","type":"xmppRegistrationFailure","#))
        let past = try await harness.ask("GET", "/api/v1/system/alarms?offset=1")
        #expect(past.body == #"<?xml version="1.0"?><alarms total="1"></alarms>"#)
    }

    // MARK: Browsers

    @Test(
        arguments: [
            ([("Origin", "https://evil.test")], 403), ([("Origin", "null")], 403),
            ([("Sec-Fetch-Site", "cross-site")], 403),
            ([("Origin", "http://box.test:8443")], 403), ([("Origin", "http://box.test")], 200),
            ([("Origin", "HTTP://BOX.test")], 200), ([("Sec-Fetch-Site", "same-origin")], 200), ([], 200),
        ] as [([(String, String)], Int)])
    func `a page of another site changes nothing`(headers: [(String, String)], status: Int) async throws {
        let fields = headers.map { (name: $0.0, value: $0.1) } + [(name: "Host", value: "box.test")]
        let answer = try await harness.ask("PUT", "/api/v1/configuration/xmpp", fields, body: "domain=a")
        #expect(answer.status == status)
        #expect(try await harness.ask("GET", "/api/v1/configuration/xmpp", fields).status == 200)
        #expect(harness.store.configuration.revision == (status == 200 ? 1 : 0))
    }
}
