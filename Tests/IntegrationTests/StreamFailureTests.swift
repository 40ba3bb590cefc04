import TestSupport
import Testing

/// A TLS server that is right in all but XMPP: what it says, or keeps to itself, has its own step and reason.
///
/// `openssl s_server` plays it, so that real TLS is below.
@Suite struct StreamFailureTests {
    private let peer: OpenSSLServer
    private let server: APIServerProcess

    private static let header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='1'>"

    private static func streamError(_ condition: String) -> String {
        "<stream:error><\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
    }

    init() throws {
        peer = try OpenSSLServer()
        server = try APIServerProcess(.trusting())
    }

    /// Connects, and waits until the server has our stream header.
    private func open() throws {
        try server.configure(["serverAddressOverride": "localhost:\(peer.port)"])
        try peer.process.waitForLog(containing: "to='cb1.example.test'>")
    }

    /// Goes on until the server has our handshake.
    private func register() throws {
        try open()
        try peer.send(Self.header)
        try peer.process.waitForLog(containing: "</handshake>")
    }

    @Test(arguments: [
        ("<html xmlns='http://www.w3.org/1999/xhtml'>", "no XMPP stream"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n<html>", "not well-formed"),
        ("<!DOCTYPE a><a>", "a document type declaration"),
        ("<a b='\(String(repeating: "x", count: 3000))'", "longer than 4096 bytes"),
    ]) func `an answer that is no component stream violates the protocol`(text: String, words: String) throws {
        try open()
        // s_server reads its input in pieces; the longest text takes two.
        try peer.send(text)
        if words.contains("longer") { try peer.send(String(repeating: "y", count: 3000)) }
        try server.waitForFailure().expect("streamOpen", "protocolViolation", mentions: [words])
    }

    @Test func `a header without an id violates the protocol`() throws {
        try open()
        try peer.send(Self.header.replacing("id='1'", with: "id=''"))
        try server.waitForFailure().expect("streamOpen", "protocolViolation", mentions: ["no id"])
    }

    @Test func `a stream error right behind the header is about the stream`() throws {
        try open()
        try peer.send(Self.header + Self.streamError("invalid-namespace"))
        try server.waitForFailure().expect("streamOpen", "streamError", mentions: ["invalid-namespace"])
    }

    @Test func `a stream error instead of a handshake has its condition`() throws {
        try register()
        try peer.send(Self.streamError("resource-constraint"))
        try server.waitForFailure().expect("registration", "streamError", mentions: ["resource-constraint"])
    }

    @Test func `a condition that nobody knows is an undefined one`() throws {
        try register()
        try peer.send(Self.streamError("out-of-coffee"))
        try server.waitForFailure().expect("registration", "streamError", mentions: ["undefined-condition"])
    }

    @Test func `an answer to the handshake that is an error violates the protocol`() throws {
        try register()
        try peer.send(
            "<handshake type='error'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                + "</error></handshake>")
        try server.waitForFailure().expect("registration", "protocolViolation", mentions: ["bad-request"])
    }

    @Test func `a connection that ends before the server's header is lost in streamOpen`() throws {
        try open()
        peer.process.kill()
        try server.waitForFailure().expect("streamOpen", "connectionLost")
    }

    @Test func `a connection that ends before the answer is lost in registration`() throws {
        try register()
        peer.process.kill()
        try server.waitForFailure().expect("registration", "connectionLost")
    }

    @Test func `a stream that the server closes before the answer is lost in registration`() throws {
        try register()
        try peer.send("</stream:stream>")
        try server.waitForFailure().expect("registration", "connectionLost")
    }

    @Test func `features before the answer are ignored`() throws {
        try register()
        try peer.send("<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>")
        try peer.send("<handshake xmlns='jabber:component:accept'></handshake>")
        try server.waitUntilConnected()
    }
}
