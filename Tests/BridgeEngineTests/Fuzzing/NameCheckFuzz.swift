@testable import BridgeEngine

/// The comparison of a certificate's names, against one that is written another way.
///
/// An input is a byte for the kind of host, and lines: the domain, the host, and one for each entry, which begins with a
/// letter for its type.
enum NameCheckFuzz {
    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        let kind = input.byte()
        let lines = Array(input.pieces(separatedBy: UInt8(ascii: "\n")).prefix(12))
        let texts = lines.map { String(decoding: $0, as: UTF8.self) }
        // The settings hold no other domain; a host may be whatever a DNS answer names.
        let domain = texts.first.flatMap { DNSName.normalized($0) } ?? "example.test"
        let host: ExpectedIdentity.Host
        switch kind % 4 {
        case 0: host = .loopback
        case 1: host = .address(lines.count > 1 ? lines[1] : [])
        default: host = .name(texts.count > 1 ? texts[1] : "")
        }
        let entries = zip(lines, texts).dropFirst(2).map { entry($0.0, $0.1) }
        let identity = ExpectedIdentity(domain: domain, host: host)
        let check = CertificateNameCheck(CertificateNames(entries: entries), identity: identity)

        let namesDomain = entries.contains { names($0, domain: domain) }
        try FuzzFinding.unless(check.namesDomain == namesDomain, "\(entries) name the domain \(domain): \(check)")
        let namesHost = host == .loopback || entries.contains { names($0, host: host) }
        try FuzzFinding.unless(check.namesHost == namesHost, "\(entries) name the host \(host): \(check)")

        let reversed = CertificateNameCheck(CertificateNames(entries: entries.reversed()), identity: identity)
        try FuzzFinding.unless(reversed == check, "the order of \(entries) makes a difference")
        let shouted = CertificateNameCheck(CertificateNames(entries: entries.map(shout)), identity: identity)
        try FuzzFinding.unless(shouted == check, "the case of \(entries) makes a difference")
        let problems = CertificateProblem.missingNames(in: CertificateNames(entries: entries), identity: identity)
        try FuzzFinding.unless(
            problems.isEmpty == (check.namesDomain && check.namesHost), "\(problems) with \(check)")
        for name in CertificateNames(entries: entries).printable {
            try FuzzFinding.unless(TextRules.isOneLine(name), "\(name.debugDescription) is not printable")
        }
        for text in texts.dropFirst() { try checkPattern(String(text.dropFirst()), against: texts) }
    }

    /// What no pattern may do, whatever it is.
    private static func checkPattern(_ pattern: String, against names: [String]) throws(FuzzFinding) {
        try FuzzFinding.unless(!CertificateNameCheck.pattern(pattern, matches: ""), "\(pattern) matches the empty name")
        for name in names where CertificateNameCheck.pattern(pattern, matches: name) {
            try FuzzFinding.unless(!name.contains("*"), "\(pattern) matches the pattern \(name)")
            let isWildcard = pattern.utf8.contains(UInt8(ascii: "*"))
            let labels = name.utf8.split(separator: UInt8(ascii: "."))
            try FuzzFinding.unless(!isWildcard || labels.count > 1, "\(pattern) matches \(name) with its one label")
            let deeper = "a." + name
            try FuzzFinding.unless(
                !CertificateNameCheck.pattern(pattern, matches: deeper), "\(pattern) matches \(name) and \(deeper)")
        }
    }

    // MARK: The other way

    private static func names(_ entry: CertificateNames.Entry, domain: String) -> Bool {
        switch entry {
        case .dns(let pattern): matches(lower(pattern), lower(domain))
        case .service(let name): lower(name) == Array("_xmpp-component.".utf8) + lower(domain)
        case .xmpp(let name): lower(name) == lower(domain)
        case .address, .other: false
        }
    }

    private static func names(_ entry: CertificateNames.Entry, host: ExpectedIdentity.Host) -> Bool {
        switch (entry, host) {
        case (.dns(let pattern), .name(let name)): matches(lower(pattern), lower(name))
        case (.address(let address), .address(let wanted)): address == wanted
        default: false
        }
    }

    /// RFC 9525 §6.3 on bytes: the name is a string without stars and empty labels; it is the pattern, or the pattern is a
    /// star in front of what the name has from its first dot on.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        let (dot, star) = (UInt8(ascii: "."), UInt8(ascii: "*"))
        var name = name
        if name.last == dot { name.removeLast() }
        guard let first = name.first, let last = name.last, first != dot, last != dot, !name.contains(star),
            !zip(name, name.dropFirst()).contains(where: { $0 == dot && $1 == dot })
        else { return false }
        if pattern == name { return true }
        guard let firstDot = name.firstIndex(of: dot) else { return false }
        return pattern == [star] + name[firstDot...]
    }

    private static func lower(_ text: String) -> [UInt8] {
        text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
    }

    private static func shout(_ entry: CertificateNames.Entry) -> CertificateNames.Entry {
        func upper(_ text: String) -> String {
            String(decoding: text.utf8.map { (97...122).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
        }
        return switch entry {
        case .dns(let name): .dns(upper(name))
        case .service(let name): .service(upper(name))
        case .xmpp(let name): .xmpp(upper(name))
        case .address, .other: entry
        }
    }

    private static func entry(_ line: [UInt8], _ text: String) -> CertificateNames.Entry {
        let name = String(decoding: line.dropFirst(), as: UTF8.self)
        return switch line.first {
        case UInt8(ascii: "s"): .service(name)
        case UInt8(ascii: "x"): .xmpp(name)
        case UInt8(ascii: "a"): .address(Array(line.dropFirst()))
        case UInt8(ascii: "o"): .other(PrintableText.escape(line.dropFirst()))
        default: .dns(name)
        }
    }
}
