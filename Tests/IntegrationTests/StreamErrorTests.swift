import TestSupport
import Testing

/// A real server ends the stream of a registered component with a stream error: each condition of RFC 6120 §4.9.3 has its
/// reason and its wait.
///
/// One server and one bridge do for all, one after the other.
@Suite(.serialized) struct StreamErrorTests {
    /// The two that all rows share.
    private struct Peers: Sendable {
        let prosody: Prosody
        let server: APIServerProcess

        init() throws {
            prosody = try Prosody()
            server = try APIServerProcess(.trusting())
        }

        /// Registers under a configuration that is new, so that nothing counts that was before.
        func connect() throws -> ConnectionStatus {
            try server.put(["sharedSecret": ""])
            try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
            return try server.waitUntilConnected(within: .seconds(9))
        }
    }

    private static let peers = Result { try Peers() }

    /// A condition, and what comes of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let condition: String
        let reason: String
        /// The first wait, in seconds.
        let wait: ClosedRange<Double>

        init(_ condition: String, _ reason: String = "streamError", _ wait: ClosedRange<Double> = 0.5...1) {
            self.condition = condition
            self.reason = reason
            self.wait = wait
        }

        var testDescription: String { condition }
    }

    static let rows = [
        // The server wants a new connection, now or soon.
        Row("reset", "streamError", 0...0),
        Row("connection-timeout", "streamError", 0...1),
        Row("see-other-host", "streamError", 0...1),
        Row("system-shutdown", "serverShutdown", 0...1),
        // Somebody has to do something first.
        Row("conflict", "replaced", 10...20),
        Row("host-gone", "streamError", 15...30),
        Row("host-unknown", "streamError", 15...30),
        Row("not-authorized", "streamError", 15...30),
        // The server's trouble, or ours.
        Row("bad-format"), Row("bad-namespace-prefix"), Row("improper-addressing"), Row("internal-server-error"),
        Row("invalid-from"), Row("invalid-namespace"), Row("invalid-xml"), Row("not-well-formed"),
        Row("policy-violation"), Row("remote-connection-failed"), Row("resource-constraint"), Row("restricted-xml"),
        Row("undefined-condition"), Row("unsupported-encoding"), Row("unsupported-feature"),
        Row("unsupported-stanza-type"), Row("unsupported-version"),
    ]

    @Test(arguments: rows) func `a condition after registration has its reason and its wait`(row: Row) throws {
        let peers = try Self.peers.get()
        let server = peers.server
        let before = try peers.connect()
        let text = "said for a test of \(row.condition)"
        let detail = "The server ended the stream with \(row.condition): \(text)."
        try peers.prosody.closeStream(of: "cb1", with: #"{ condition = "\#(row.condition)", text = "\#(text)" }"#)
        try server.process.waitForLog(containing: detail)
        let failed = ["XMPP connection failed", "failed_step=connected", "reason=\(row.reason) ", detail]
        #expect(server.logLines.contains { $0.contains(failed) })

        if row.wait.lowerBound >= 10 {
            let status = try server.waitForStatus { $0.state == "waiting" }
            let failure = try #require(status.lastFailure)
            #expect(failure == .init(step: "connected", reason: row.reason, detail: detail, at: failure.at))
            let wait = try RFC3339.seconds(from: failure.at, to: status.nextAttemptAt)
            #expect(row.wait ~= wait, "\(wait) s")
            // Nobody has to wait so long: a change is acted on at once.
            #expect(try peers.connect().lastFailure == nil)
        } else {
            let after = try server.waitForStatus { $0.state == "connected" && $0.since != before.since }
            #expect(after.revision == before.revision)
            let wait = try server.seconds(from: failed, to: ["XMPP connection step"])
            // By the log, which has milliseconds. A busy machine is late, but for `reset` not as late as any other wait.
            let latest = row.wait.upperBound == 0 ? 0.45 : row.wait.upperBound + 1
            #expect((row.wait.lowerBound - 0.002)...latest ~= wait, "\(wait) s")
        }
    }

    @Test func `a condition that RFC 6120 does not have is an undefined one`() throws {
        let peers = try Self.peers.get()
        _ = try peers.connect()
        try peers.prosody.closeStream(of: "cb1", with: #""out-of-coffee""#)
        try peers.server.process.waitForLog(containing: "The server ended the stream with undefined-condition.")
    }

    @Test func `a name that somebody else takes is not fought for`() throws {
        let prosody = try Prosody()
        let parameters = [
            "uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2"),
            "serverAddressOverride": "localhost:\(prosody.mutualPort)",
        ]
        let first = try APIServerProcess(.trusting())
        let second = try APIServerProcess(.trusting())
        try first.configure(parameters)
        try first.waitUntilConnected()
        try second.configure(parameters)
        let taken = try second.waitUntilConnected()

        let status = try first.waitForStatus { $0.state == "waiting" }
        let failure = try #require(status.lastFailure)
        failure.expect("connected", "replaced", mentions: ["conflict", "Replaced by a new connection"])
        let wait = try RFC3339.seconds(from: failure.at, to: status.nextAttemptAt)
        #expect(10...20 ~= wait, "\(wait) s")
        #expect(try second.status() == taken)
        // The other one gives it back.
        try second.put(["sharedSecret": ""])
        try first.put(["sharedSecret": ""])
        try first.configure(parameters)
        try first.waitUntilConnected(within: .seconds(9))
        #expect(try second.status().state == "notConfigured")
    }
}
