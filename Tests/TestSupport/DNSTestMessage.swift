/// The wire format of DNS (RFC 1035 §4), as far as a scripted server needs it.
struct DNSTestMessage {
    /// The identifier, two bytes.
    let identifier: [UInt8]
    /// The question section as it came.
    let question: [UInt8]
    /// The name asked for, lower case, without the trailing dot.
    let name: String
    /// The number of the type asked for.
    let type: UInt16

    /// Reads a query with one question; nil for anything else.
    init?(query bytes: [UInt8]) {
        guard bytes.count > 12, bytes[2] & 0x80 == 0, bytes[4] == 0, bytes[5] == 1 else { return nil }
        var labels: [String] = []
        var index = 12
        while index < bytes.count, bytes[index] != 0 {
            let end = index + 1 + Int(bytes[index])
            guard bytes[index] < 64, end < bytes.count else { return nil }
            labels.append(String(decoding: bytes[index + 1..<end], as: UTF8.self))
            index = end
        }
        guard index + 5 <= bytes.count else { return nil }
        identifier = Array(bytes[0..<2])
        question = Array(bytes[12..<index + 5])
        name = labels.joined(separator: ".").lowercased()
        type = UInt16(bytes[index + 1]) << 8 | UInt16(bytes[index + 2])
    }

    /// The response.
    ///
    /// - Parameters:
    ///   - records: the answer section.
    ///   - responseCode: the RCODE, 0 is NOERROR.
    ///   - truncated: whether TC is set.
    ///   - cutBy: bytes that are left out at the end, for a malformed answer.
    func response(
        records: [DNSTestRecord] = [], responseCode: UInt8 = 0, truncated: Bool = false, cutBy: Int = 0
    ) -> [UInt8] {
        var bytes = head(UInt16(records.count), responseCode: responseCode, truncated: truncated)
        for record in records {
            let data = Self.data(record.content)
            // Without a name of its own the owner is a pointer to the question's name.
            bytes += record.owner.map(Self.encodedName) ?? [0xc0, 0x0c]
            bytes += Self.word(record.type.rawValue) + Self.word(1) + [0, 0, 0, 60]
            bytes += Self.word(UInt16(data.count)) + data
        }
        return Array(bytes.dropLast(cutBy))
    }

    /// A response with an answer section of the caller's.
    func response(section: [UInt8], count: UInt16) -> [UInt8] { head(count) + section }

    /// Where the answer section begins.
    var answerPlace: Int { 12 + question.count }

    /// Header and question.
    private func head(_ records: UInt16, responseCode: UInt8 = 0, truncated: Bool = false) -> [UInt8] {
        // QR, AA, RD (as every query here has it), TC; RA.
        identifier + [0x85 | (truncated ? 0x02 : 0), 0x80 | responseCode]
            + Self.word(1) + Self.word(records) + Self.word(0) + Self.word(0) + question
    }

    private static func data(_ content: DNSTestRecord.Content) -> [UInt8] {
        switch content {
        case .a(let first, let second, let third, let fourth): [first, second, third, fourth]
        case .aaaa(let bytes): bytes
        case .cname(let name): encodedName(name)
        case .srv(let priority, let weight, let port, let target):
            word(priority) + word(weight) + word(port) + encodedName(target)
        }
    }

    private static func encodedName(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static func word(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 0xff)]
    }
}
