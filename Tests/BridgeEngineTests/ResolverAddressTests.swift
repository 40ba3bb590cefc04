import Testing

@testable import BridgeEngine

/// IPAddress and DNSServerAddress: what is read and how it is written.
struct ResolverAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("192.0.2.7", "192.0.2.7"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0::1", "2001:db8::1"), ("fe80::1%7", "fe80::1%7"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"), ("fe80::1%lo", "fe80::1%lo"),
    ])
    func `An address is read and written in its usual form`(_ text: String, _ written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test(arguments: [
        "", " ", "1", "127.1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "0x7f.0.0.1", "1.2.3.4 ", "1.2.3.4\0x",
        "::1\0", ":::", "1::2::3", "[::1]", "::1%", "::1%0", "::1%no-such-interface", "1.2.3.4%lo", "host.test", "g::1",
    ])
    func `What is not an address is refused`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `Bytes and scope are kept, and only 4 or 16 bytes are taken`() throws {
        let v4 = try #require(IPAddress(bytes: [192, 0, 2, 1], scope: 3))
        #expect(v4.family == .v4)
        #expect(v4.scope == 0)
        let bytes = [0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [1]
        let v6 = try #require(IPAddress(bytes: bytes, scope: 3))
        #expect(v6.family == .v6)
        #expect(v6.bytes == bytes)
        #expect(v6.scope == 3)
        #expect(v6 != IPAddress(bytes: bytes))
        for count in [0, 3, 5, 15, 17] { #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.1", true), ("126.0.0.1", false), ("::1", true), ("::2", false), ("::", false),
        ("::ffff:127.0.0.1", true), ("::ffff:10.0.0.1", false), ("::127.0.0.1", false), ("fe80::1", false),
    ])
    func `Loopback addresses are known as such`(_ text: String, _ isLoopback: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("192.0.2.53", "192.0.2.53:53"), ("192.0.2.53:5353", "192.0.2.53:5353"),
        ("192.0.2.53:65535", "192.0.2.53:65535"),
        ("2001:db8::53", "[2001:db8::53]:53"), ("::1", "[::1]:53"), ("[2001:db8::53]", "[2001:db8::53]:53"),
        ("[2001:db8::53]:1", "[2001:db8::53]:1"),
    ])
    func `A DNS server is read with and without a port`(_ text: String, _ written: String) throws {
        let server = try DNSServerAddress.parse(text)
        #expect(server.description == written)
        #expect(try DNSServerAddress.parse(written) == server)
    }

    @Test(arguments: [
        ("", "not a DNS server's address"), ("dns.example.test", "not a DNS server's address"),
        ("192.0.2.53 ", "not a DNS server's address"), (":53", "not a DNS server's address"),
        ("192.0.2.53:", "port"), ("192.0.2.53:0", "port"), ("192.0.2.53:65536", "port"), ("192.0.2.53:+5", "port"),
        ("192.0.2.53:5a", "port"), ("192.0.2.53:٥", "port"), ("[::1", "without a ]"), ("[::1]x", "after the ]"),
        ("[::1]53", "after the ]"), ("[::1]:", "port"), ("[192.0.2.53]:53", "no IPv6 address"),
        ("[:::]:53", "not a DNS server's address"), ("fe80::1%1", "%interface"), ("[fe80::1%1]:53", "%interface"),
    ])
    func `What is not a DNS server is refused with a reason`(_ text: String, _ reason: String) {
        let error = #expect(throws: DNSServerAddress.ParseError.self) { try DNSServerAddress.parse(text) }
        #expect(error?.description.contains(reason) == true)
        #expect(error?.description.contains("\"\(text)") == true)
    }

    @Test(arguments: [
        (Duration.zero, 0 as Int32), (.nanoseconds(1), 1), (.microseconds(1001), 2), (.milliseconds(250), 250),
        (.seconds(-1), 0), (.seconds(Int64.max), .max), (.seconds(3_000_000), .max),
    ])
    func `Milliseconds for C are rounded up and stay in range`(_ duration: Duration, _ milliseconds: Int32) {
        #expect(duration.wholeMilliseconds == milliseconds)
    }
}
