@testable import BridgeEngine

/// Names and addresses as administrators and peers write them: each is read by its own rules, and what is written of it
/// is read as the same.
enum AddressesFuzz {
    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        let text = String(decoding: bytes, as: UTF8.self)
        try checkName(text)
        try checkAddress(text)
        try checkServer(text)
        try checkDNSServer(text)
        try checkQuestion(text)
    }

    // MARK: Names

    private static func checkName(_ text: String) throws(FuzzFinding) {
        let name = DNSName.normalized(text)
        try FuzzFinding.unless(
            name == naiveName(Array(text.utf8)), "the name \(text.debugDescription) is read as \(name ?? "none")")
        guard let name else { return }
        try FuzzFinding.unless(DNSName.normalized(name) == name, "\(name) changes when read again")
        try FuzzFinding.unless(DNSName.normalized(name + ".") == name, "a final dot changes \(name)")
    }

    /// RFC 1123 §2.1, a byte at a time.
    private static func naiveName(_ bytes: [UInt8]) -> String? {
        var name = bytes
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        guard !name.isEmpty, name.count <= 253 else { return nil }
        var length = 0
        for index in name.indices {
            if (65...90).contains(name[index]) { name[index] += 32 }
            let isEdge =
                index == 0 || index == name.count - 1 || name[index - 1] == UInt8(ascii: ".")
                || name[index + 1] == UInt8(ascii: ".")
            switch name[index] {
            case 97...122, 48...57: length += 1
            case UInt8(ascii: "-") where !isEdge: length += 1
            case UInt8(ascii: ".") where length > 0 && index < name.count - 1: length = 0
            default: return nil
            }
            if length > 63 { return nil }
        }
        return String(decoding: name, as: UTF8.self)
    }

    // MARK: Addresses

    private static func checkAddress(_ text: String) throws(FuzzFinding) {
        let address = IPAddress(text)
        let naive = naiveV4(Array(text.utf8))
        if address?.family == .v4 || naive != nil {
            try FuzzFinding.unless(
                address?.bytes == naive, "\(text.debugDescription) is read as \(String(describing: address))")
        }
        guard let address else { return }
        try FuzzFinding.unless(
            address.bytes.count == (address.family == .v4 ? 4 : 16), "\(address.bytes.count) bytes of an address")
        try FuzzFinding.unless(IPAddress(address.description) == address, "\(address) is not read as itself")
        try FuzzFinding.unless(address.family == .v6 || address.scope == 0, "an IPv4 address with a scope")
        let isMapped = address.bytes.dropLast(4).elementsEqual([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF])
        let last = address.bytes.suffix(4)
        if address.family == .v4 || isMapped {
            try FuzzFinding.unless(address.isLoopback == (last.first == 127), "\(address) is loopback or not")
        } else {
            let isOne = address.bytes == [UInt8](repeating: 0, count: 15) + [1]
            try FuzzFinding.unless(address.isLoopback == isOne, "\(address) is loopback or not")
        }
        guard address.scope == 0 else { return }
        let endpoint = Endpoint(address: address, port: 5223).description
        try FuzzFinding.unless(
            ServerAddress(endpoint)?.host == .address(address) && ServerAddress(endpoint)?.port == 5223,
            "\(endpoint) is not read as itself")
    }

    /// Four decimal numbers below 256 without leading zeros, with dots between.
    private static func naiveV4(_ bytes: [UInt8]) -> [UInt8]? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }),
                part.count == 1 || part.first != 48
            else { return nil }
            let value = part.reduce(0) { $0 * 10 + Int($1) - 48 }
            guard value < 256 else { return nil }
            address.append(UInt8(value))
        }
        return address
    }

    // MARK: Servers

    private static func checkServer(_ text: String) throws(FuzzFinding) {
        guard let server = ServerAddress(text) else {
            // A name alone, and an address without a scope, are server addresses.
            if let name = DNSName.normalized(text) {
                let isNumber = name.split(separator: ".").last?.utf8.allSatisfy { (48...57).contains($0) } == true
                try FuzzFinding.unless(isNumber, "\(name) is no server")
            }
            try FuzzFinding.unless(
                IPAddress(text).map { $0.scope > 0 } ?? true || text.contains("%"), "\(text) is no server")
            return
        }
        try FuzzFinding.unless(ServerAddress(server.description) == server, "\(server) is not read as itself")
        try FuzzFinding.unless(
            server.description.utf8.allSatisfy { (0x21...0x7E).contains($0) && !(65...90).contains($0) },
            "\(server.description.debugDescription) is not printable")
        try FuzzFinding.unless(server.port != 0, "the port 0")
        switch server.host {
        case .name(let name):
            try FuzzFinding.unless(DNSName.normalized(name) == name, "\(name) is not in its normal form")
            try FuzzFinding.unless(IPAddress(name) == nil, "\(name) is an address")
        case .address(let address):
            try FuzzFinding.unless(address.scope == 0, "\(address) has a scope")
            try FuzzFinding.unless(IPAddress(server.host.text) == address, "\(server.host.text) is not read as itself")
        }
        if let port = server.port {
            try FuzzFinding.unless(
                Array(server.description.utf8).last.map { (48...57).contains($0) } == true, "\(port)")
        }
    }

    private static func checkDNSServer(_ text: String) throws(FuzzFinding) {
        guard let server = try? DNSServerAddress.parse(text) else { return }
        try FuzzFinding.unless(server.port != 0, "the port 0")
        try FuzzFinding.unless(server.address.scope == 0, "\(server) has a scope")
        try FuzzFinding.unless(
            (try? DNSServerAddress.parse(server.description)) == server, "\(server) is not read as itself")
        try FuzzFinding.unless(
            ServerAddress(server.description)?.host == .address(server.address), "\(server) is no server address")
    }

    // MARK: Questions

    private static func checkQuestion(_ text: String) throws(FuzzFinding) {
        for family in AddressFamily.allCases {
            let question = DNSQuestion.addresses(text, family)
            if let name = question.wireName {
                try FuzzFinding.unless(
                    name.utf8.count <= 253 && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x5C },
                    "\(name.debugDescription) is asked for")
                try FuzzFinding.unless(DNSQuestion.srv(name + ".").wireName == name, "\(name) changes when read again")
            }
            if let name = DNSName.normalized(text) {
                try FuzzFinding.unless(question.wireName == name, "\(name) can't be asked for")
            }
            switch question.immediateResult {
            case .success(let answer):
                try FuzzFinding.unless(
                    answer.addresses == [IPAddress(text)] && answer.addresses.first?.family == family
                        && answer.records.isEmpty,
                    "\(text) has the addresses \(answer.addresses)")
            case .failure(let failure):
                try FuzzFinding.unless(failure.kind == .notFound, "\(failure.kind) without having asked")
            case nil:
                try FuzzFinding.unless(question.wireName != nil && IPAddress(text) == nil, "\(text) is asked for")
            }
        }
    }
}
