import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine

/// Certificates that come, change and end while a bridge runs, against an XMPP server in this process.
@Suite struct BridgeCertificateTests {
    @Test func `new certificates leave the stream alone and count from the next connection`() async throws {
        let lab = try BridgeLab()
        let clients = try TestCertificateAuthority(name: "Client CA")
        let options = TLSTestServerOptions(certificate: lab.certificate, clientCertificates: .optional(clients))
        let tls = try TLSTestServer(options)
        let server = try await ScriptedComponentServer.start(tls, secret: "right", group: lab.group)
        func material(_ name: String) throws -> TLSMaterial {
            try lab.material(client: try clients.issue(commonName: name, usages: [.clientAuth]))
        }
        let bridge = try lab.bridge(material: try material("one"))
        bridge.apply(lab.settings(port: server.port), revision: 1)
        let before = try await lab.wait(bridge) { $0.state == .connected }
        bridge.use(try material("two"))
        #expect(bridge.status == before)
        bridge.apply(lab.settings(port: server.port, name: "cb2"), revision: 2)
        let after = try await lab.wait(bridge) { $0.state == .connected }
        #expect(after.tls?.resumed == false, "another material is another start")
        #expect(tls.visits.map(\.clientCommonName) == ["one", "two"])
        await bridge.stop()
        try await server.stop()
    }

    @Test func `new certificates end a wait at once`() async throws {
        let lab = try BridgeLab()
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let stranger = try TLSMaterial(
            certificateChainPEM: nil, privateKeyPEM: nil,
            trustRootsPEM: TestCertificateAuthority(name: "Other CA").certificatePEM)
        var options = BridgeOptions()
        // Nothing but the new certificates could end this wait.
        options.draw = { _ in .seconds(3600) }
        options.limits = .patient
        let bridge = try lab.bridge(options, material: stranger)
        bridge.apply(lab.settings(port: server.port), revision: 1)
        let failure = try await lab.wait(bridge) { $0.state == .waiting }.lastFailure
        #expect(failure?.failure.reason == .certificateUntrusted)
        bridge.use(try lab.material())
        _ = try await lab.wait(bridge) { $0.state == .connected }
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a second connection resumes, one after a reset does not`() async throws {
        let lab = try BridgeLab()
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        for (number, isResumed) in [(1, false), (2, true), (3, true)] {
            bridge.apply(lab.settings(port: server.port, name: "cb\(number)"), revision: number)
            let status = try await lab.wait(bridge) { $0.state == .connected && $0.revision == number }
            #expect(status.tls?.resumed == isResumed)
        }
        server.end(with: "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
        let status = try await lab.wait(bridge) { $0.state == .connected && $0.lastFailure != nil }
        #expect(status.lastFailure?.failure.condition == "reset")
        #expect(status.tls?.resumed == false)
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a reset before the registration ends the sessions too`() async throws {
        let lab = try BridgeLab()
        let reset = "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
        let server = try await HostileServer.start(
            lab.tls, [.connected + .closing, .registering + [.say(reset)] + .closing], then: .decent, group: lab.group)
        var options = BridgeOptions()
        options.limits = .patient
        options.draw = { _ in .zero }
        let bridge = try lab.bridge(options)
        let sessions = NIOLockedValueBox<[Bool?]>([])
        let observation = bridge.observeAttempts { report in
            let resumed = report.steps.first { $0.step == .tlsHandshake }?.tls?.resumed
            sessions.withLockedValue { $0.append(resumed) }
        }
        bridge.apply(lab.settings(port: server.port, name: "cb1"), revision: 1)
        _ = try await lab.wait(bridge) { $0.state == .connected }
        bridge.apply(lab.settings(port: server.port, name: "cb1", secret: "other"), revision: 2)
        _ = try await lab.wait(bridge) { $0.state == .connected && $0.revision == 2 }
        #expect(sessions.withLockedValue { $0 } == [false, true, false])
        observation.cancel()
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a certificate that comes near its end while connected is a warning, and no disconnect`() async throws {
        let day = 86_400
        let lab = try BridgeLab(validity: TestCertificateValidity(from: -day, until: 30 * day + 1))
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        bridge.apply(lab.settings(port: server.port), revision: 1)
        let before = try await lab.wait(bridge) { $0.state == .connected }
        let after = try await lab.wait(bridge) { $0.warnings == [.certificateEndsSoon] }
        #expect(after.state == .connected && after.since == before.since)
        await bridge.stop()
        #expect(server.journal.accepted.count == 1)
        try await server.stop()
    }
}
