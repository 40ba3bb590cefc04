import TestSupport
import Testing

extension APIServerProcess {
    /// Configures the component `cb1` of `example.test` with the secret that `Prosody` has for it, by DNS.
    ///
    /// - Parameter parameters: replace or complete these.
    func configure(_ parameters: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let all = ["uniqueName": "cb1", "domain": "example.test", "sharedSecret": Prosody.secret("cb1")]
        let reply = try put(all.merging(parameters) { $1 })
        try #require(reply.status == 200, "\(reply.text)", sourceLocation: sourceLocation)
    }

    /// Waits until the component is registered.
    ///
    /// - Throws: `ServerProcess.Failure` with the last status when the time is up.
    @discardableResult
    func waitUntilConnected(within limit: Duration = .seconds(40)) throws -> ConnectionStatus {
        try waitForStatus(within: limit) { $0.state == "connected" }
    }

    /// Waits until an attempt under the current configuration has failed.
    ///
    /// - Throws: `ServerProcess.Failure` with the last status when the time is up.
    func waitForFailure(within limit: Duration = .seconds(40)) throws -> ConnectionStatus.Failure {
        try #require(try waitForStatus(within: limit) { $0.lastFailure != nil }.lastFailure)
    }

    /// Waits until the log tells of an established connection's end, and expects one of these reasons.
    ///
    /// The status may have gone on by the time it is read: the first retry comes within a second, or at once.
    func expectLostConnection(_ reasons: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let step = "failed_step=connected"
        try process.waitForLog(containing: step, within: .seconds(40))
        let line = log.split(separator: "\n").first { $0.contains(step) } ?? ""
        let isExpected = reasons.contains { line.contains("reason=\($0) ") }
        #expect(isExpected, "\(line)", sourceLocation: sourceLocation)
    }
}

extension ConnectionStatus.Failure {
    /// Expects step and reason, and these words in the detail.
    func expect(
        _ step: String, _ reason: String, mentions words: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(self.step == step, "\(self)", sourceLocation: sourceLocation)
        #expect(self.reason == reason, "\(self)", sourceLocation: sourceLocation)
        for word in words { #expect(detail.contains(word), "\(detail)", sourceLocation: sourceLocation) }
    }
}
