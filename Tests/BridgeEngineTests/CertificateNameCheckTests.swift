import Testing

@testable import BridgeEngine

@Suite struct `Certificate names` {
    struct Row: Sendable, CustomTestStringConvertible {
        var entries: [CertificateNames.Entry]
        var domain: Bool
        var host: Bool
        var testDescription: String { CertificateNames(entries: entries).printable.joined(separator: ", ") }
    }

    static let rows: [Row] = [
        Row(entries: [.dns("example.test"), .dns("xmpp1.example.test")], domain: true, host: true),
        Row(entries: [.dns("EXAMPLE.Test"), .dns("XMPP1.example.TEST")], domain: true, host: true),
        Row(entries: [.dns("example.test")], domain: true, host: false),
        Row(entries: [.dns("xmpp1.example.test")], domain: false, host: true),
        Row(entries: [.dns("*.example.test")], domain: false, host: true),
        Row(entries: [.dns("example.test"), .dns("xmpp*.example.test")], domain: true, host: false),
        Row(entries: [.dns("example.test"), .dns("*1.example.test")], domain: true, host: false),
        Row(entries: [.dns("example.test"), .dns("xmpp1.*.test")], domain: true, host: false),
        Row(entries: [.dns("example.test"), .dns("*.*.test")], domain: true, host: false),
        Row(entries: [.dns("example.test"), .dns("*.test")], domain: true, host: false),
        Row(entries: [.dns("*")], domain: false, host: false),
        Row(entries: [.dns("")], domain: false, host: false),
        Row(entries: [.dns(".example.test"), .dns("example.test.")], domain: false, host: false),
        Row(entries: [.service("_xmpp-component.example.test"), .dns("xmpp1.example.test")], domain: true, host: true),
        Row(entries: [.service("_XMPP-Component.Example.TEST"), .dns("xmpp1.example.test")], domain: true, host: true),
        Row(entries: [.xmpp("example.test"), .dns("xmpp1.example.test")], domain: true, host: true),
        Row(entries: [.service("_xmpp-server.example.test"), .dns("xmpp1.example.test")], domain: false, host: true),
        Row(entries: [.service("_xmpp-component.*.test"), .dns("xmpp1.example.test")], domain: false, host: true),
        Row(entries: [.service("example.test"), .xmpp("*.test")], domain: false, host: false),
        Row(
            entries: [.dns("example.test"), .service("_xmpp-component.xmpp1.example.test")], domain: true, host: false),
        Row(entries: [.dns("example.test"), .xmpp("xmpp1.example.test")], domain: true, host: false),
        Row(entries: [.dns("example.test"), .address([127, 0, 0, 1])], domain: true, host: false),
        Row(entries: [.other("DNS:example.test"), .other("DNS:xmpp1.example.test")], domain: false, host: false),
        Row(entries: [.dns("notexample.test"), .dns("xmpp1.example.test.evil.test")], domain: false, host: false),
        Row(entries: [.dns("xn--bcher-kva.test")], domain: false, host: false),
        Row(entries: [], domain: false, host: false),
    ]

    @Test(arguments: rows)
    func `are compared by the rules of RFC 9525`(row: Row) {
        let check = CertificateNameCheck(CertificateNames(entries: row.entries), identity: TLSPair.identity)
        #expect(check.namesDomain == row.domain)
        #expect(check.namesHost == row.host)
    }

    @Test func `a final dot of the host is no part of its name`() {
        let names = CertificateNames(entries: [.dns("example.test"), .dns("*.example.test")])
        let identity = ExpectedIdentity(domain: "example.test", host: .name("xmpp1.example.test."))
        let check = CertificateNameCheck(names, identity: identity)
        #expect(check.namesDomain && check.namesHost)
    }

    @Test(arguments: [
        ([UInt8]([192, 0, 2, 1]), true), ([192, 0, 2, 2], false),
        ([0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], true), ([], false),
    ])
    func `an address needs an iPAddress entry, and text in a dNSName is none`(address: [UInt8], expected: Bool) {
        let names = CertificateNames(entries: [
            .dns("example.test"), .dns("192.0.2.2"), .address([192, 0, 2, 1]),
            .address([0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ])
        let identity = ExpectedIdentity(domain: "example.test", host: .address(address))
        #expect(CertificateNameCheck(names, identity: identity).namesHost == expected)
    }

    @Test func `a loopback host is satisfied by the domain alone`() {
        let identity = ExpectedIdentity(domain: "example.test", host: .loopback)
        let good = CertificateNameCheck(CertificateNames(entries: [.dns("example.test")]), identity: identity)
        #expect(good.namesDomain && good.namesHost)
        let bad = CertificateNameCheck(CertificateNames(entries: [.dns("localhost")]), identity: identity)
        #expect(!bad.namesDomain && bad.namesHost)
    }

    @Test func `a name to look for never counts as a pattern`() {
        #expect(!CertificateNameCheck.pattern("*.example.test", matches: "*.example.test"))
        #expect(!CertificateNameCheck.pattern("", matches: ""))
        #expect(!CertificateNameCheck.pattern("a..test", matches: "a..test"))
    }

    @Test func `are printed with their type and without control characters`() {
        let names = CertificateNames(entries: [
            .dns("a\nb"), .address([127, 0, 0, 1]), .address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            .service("_xmpp-component.a"), .xmpp("a"), .other("URI:x"),
        ])
        #expect(
            names.printable == [
                "DNS:a\\x0ab", "IP:127.0.0.1", "IP:::1", "SRV:_xmpp-component.a", "XMPP:a", "URI:x",
            ])
    }
}
