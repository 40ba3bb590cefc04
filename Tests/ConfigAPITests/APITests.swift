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

    private static func status(
        outage: Int64?, failure: BridgeFailure?, step: ConnectionStep? = nil
    ) -> BridgeStatus {
        var status = APIHarness.NotedBridge().status
        status.step = step
        status.outage = outage.map {
            BridgeStatus.Outage(since: Timestamp(milliseconds: $0), failure: failure)
        }
        return status
    }

    @Test func `an outage of ten seconds is an alarm, with the same id as long as it lasts`() {
        let status = Self.status(outage: 1000, failure: nil, step: .tcpConnect)
        #expect(AlarmsResource.rows(status: status, now: Timestamp(milliseconds: 10_999)).isEmpty)
        let first = AlarmsResource.rows(status: status, now: Timestamp(milliseconds: 11_000))
        let later = AlarmsResource.rows(status: status, now: Timestamp(milliseconds: 23_500))
        #expect(first.count == 1)
        #expect(first.first?.id == later.first?.id)
        #expect(later.first?.fields.contains(.init("activeTimeSeconds", .integer(12))) == true)
        #expect(later.first?.fields.contains(.init("failureReason", .text("connectFailure"))) == true)
        #expect(UUID(uuidString: first.first?.id ?? "") != nil)
        let next = AlarmsResource.rows(
            status: Self.status(outage: 2000, failure: nil), now: Timestamp(milliseconds: 23_500))
        #expect(next.first?.id != first.first?.id)
    }
}
