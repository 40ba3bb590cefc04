import Testing

@testable import BridgeEngine

@Suite struct ServerAddressTests {
    @Test(
        arguments: [
            ("xmpp1.example.com", "xmpp1.example.com", nil), ("XMPP1.Example.com.:5224", "xmpp1.example.com", 5224),
            ("localhost:5223", "localhost", 5223), ("192.0.2.7", "192.0.2.7", nil), ("192.0.2.7:1", "192.0.2.7", 1),
            ("2001:db8::1", "2001:db8::1", nil), ("[2001:DB8::1]", "2001:db8::1", nil),
            ("[::1]:65535", "::1", 65535),
        ] as [(String, String, UInt16?)]) func `an address is read as it is written`(
            text: String, host: String, port: UInt16?
        ) throws
    {
        let address = try #require(ServerAddress(text))
        #expect(address.host.text == host)
        #expect(address.port == port)
        #expect(ServerAddress(address.description) == address)
    }

    @Test(arguments: [
        "", " ", "host:", "host:0", "host:65536", "host:x", "host:+5", "[::1", "[192.0.2.1]:5223", "[::1]5223", "::1:x",
        "a b", "-a.test", "a..b", "192.0.2.300", "192.0.2", "http://host", "host:5223:5223", "host/", "[]:5223",
        ":5223",
        "höst", "[fe80::1%lo]:5223", "\u{212A}elvin.test", "host:५",
    ]) func `anything else is no address`(text: String) {
        #expect(ServerAddress(text) == nil)
    }

    @Test(arguments: [
        ("example.com", "example.com"), ("EXAMPLE.com.", "example.com"), ("a", "a"),
        ("xn--bcher-kva.test", "xn--bcher-kva.test"),
    ]) func `a DNS name is taken in lower case`(text: String, name: String) {
        #expect(DNSName.normalized(text) == name)
    }

    @Test(arguments: [
        "", ".", "a..b", "-a", "a-", "a b", "a_b", "bücher", String(repeating: "a", count: 64),
        Array(repeating: String(repeating: "a", count: 60), count: 5).joined(separator: "."), "a.b ", "\0",
    ]) func `anything else is no DNS name`(text: String) {
        #expect(DNSName.normalized(text) == nil)
    }

    @Test(arguments: [
        ("cb1", "example.test", "cb1.example.test"), ("cb1.example.test", "example.test", "cb1.example.test"),
        ("cb1.other", "example.test", "cb1.other.example.test"),
        ("example.test", "example.test", "example.test.example.test"),
    ]) func `the component's JID is the name under the domain`(name: String, domain: String, jid: String) {
        #expect(BridgeSettings.componentJID(uniqueName: name, domain: domain) == jid)
    }
}
