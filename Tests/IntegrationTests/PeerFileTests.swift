import ArgumentParser
import BridgeEngine
import Testing

@testable import api_server

/// How values are written into the files of XMPP servers.
@Suite struct PeerFileTests {
    @Test(arguments: [
        ("plain", #""plain""#), (#"a"b\c"#, #""a\"b\\c""#), ("ü1", #""\195\1881""#), ("\u{1}2", #""\0012""#),
    ]) func `Lua reads the same bytes`(text: String, literal: String) {
        #expect(ProsodyFile.quoted(text.utf8) == literal)
    }

    @Test(arguments: [
        ("plain", #""plain""#), (#"a"b\c"#, #""a\"b\\c""#), ("ü1", #""\U000000fc1""#), ("\u{2028}", #""\U00002028""#),
        ("😀", #""\U0001f600""#), ("# no: comment", ##""# no: comment""##),
    ]) func `YAML reads the same text`(text: String, scalar: String) {
        #expect(EjabberdFile.quoted(text) == scalar)
    }

    private func peer(_ arguments: [String], override: String? = nil, at kind: PeerKind = .prosody) throws
        -> PeerConfiguration
    {
        let settings = BridgeSettings(
            uniqueName: "cb1", domain: "example.test", serverAddressOverride: override.flatMap { ServerAddress($0) },
            sharedSecret: Secret("x"))
        return try PeerOptions.parse(arguments).configuration(for: settings, at: kind)
    }

    @Test(arguments: [
        ([], nil, "5223 example.test."), ([], "xmpp1.example.test", "5223 xmpp1.example.test."),
        ([], "xmpp1.example.test:5300", "5300 xmpp1.example.test."), ([], "192.0.2.1:5300", "5300 example.test."),
        (["--server-host=X.Example.Test.", "--port=1"], "xmpp1.example.test:5300", "1 x.example.test."),
    ]) func `the record names the server`(arguments: [String], override: String?, end: String) throws {
        let record = try peer(arguments, override: override).serviceRecord
        #expect(record == "_xmpp-component._tcp.example.test. IN SRV 0 0 \(end)")
    }

    @Test(arguments: [
        ["--server-host=192.0.2.1"], ["--server-host=::1"], ["--server-host=a_b"], ["--port=0"], ["--port=65536"],
        ["--server-certificate=a\nb"],
    ]) func `what can't be written is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try peer(arguments) }
    }

    @Test func `ejabberd has certificate and key in one file`() throws {
        #expect(try peer([], at: .ejabberd).certificate == "/etc/ejabberd/certs/example.test.pem")
        #expect(try peer([]).key == "/etc/prosody/certs/example.test.key")
        #expect(throws: (any Error).self) { try peer(["--server-key=x"], at: .ejabberd) }
    }
}
