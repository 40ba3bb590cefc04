import TestSupport
import Testing

/// TLS sessions are resumed where the server offers it; a real haproxy does.
@Suite struct ResumptionTests {
    @Test func `the next connection resumes, and still counts as mutual`() throws {
        let prosody = try Prosody()
        let haproxy = try HAProxy(backend: prosody.plainPort)
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(haproxy.port)"])
        let first = try server.waitUntilConnected()
        #expect(first.tls?.resumed == false && first.tls?.mutual == true)
        try server.configure(["uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2")])
        let second = try server.waitUntilConnected()
        #expect(second.tls?.resumed == true && second.tls?.mutual == true)
        #expect(second.tls?.version == first.tls?.version)
    }

    @Test func `a front end that has lost its keys makes a full handshake`() throws {
        let prosody = try Prosody()
        let haproxy = try HAProxy(backend: prosody.plainPort)
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(haproxy.port)"])
        try server.waitUntilConnected()
        haproxy.stop()
        try server.expectLostConnection("connectionLost")
        try haproxy.restart()
        let status = try server.waitUntilConnected()
        #expect(status.tls?.resumed == false && status.tls?.mutual == true)
    }
}
