@testable import BridgeEngine

/// A reader of DNS answers (RFC 1035 §4) that gives up on everything unusual.
struct DNSAnswerReader {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The SRV records of the answer section; nil where the message has anything to wonder about.
    func records() -> [SRVRecord]? {
        // One question, at least one answer, NOERROR.
        guard bytes.count > 12, bytes[3] & 0x0F == 0, word(4) == 1, let count = word(6), count > 0,
            let question = name(at: 12)
        else { return nil }
        var position = question.end + 4
        var records: [SRVRecord] = []
        for _ in 0..<count {
            guard let owner = name(at: position), let type = word(owner.end), let kind = word(owner.end + 2),
                let length = word(owner.end + 8)
            else { return nil }
            let data = owner.end + 10
            position = data + length
            guard position <= bytes.count else { return nil }
            guard type == 33, kind == 1 else { continue }
            guard length > 6, let priority = word(data), let weight = word(data + 2), let port = word(data + 4),
                let target = name(at: data + 6), target.end <= position
            else { return nil }
            records.append(
                SRVRecord(
                    priority: UInt16(priority), weight: UInt16(weight), port: UInt16(port), target: target.text))
        }
        return records
    }

    private func word(_ index: Int) -> Int? {
        index + 2 <= bytes.count ? Int(bytes[index]) << 8 | Int(bytes[index + 1]) : nil
    }

    /// A host name, perhaps compressed by pointers that lead to the front, and where it ends.
    private func name(at start: Int) -> (text: String, end: Int)? {
        var labels: [String] = []
        var position = start
        var end: Int?
        while position < bytes.count, labels.joined(separator: ".").utf8.count <= 253 {
            let length = Int(bytes[position])
            if length == 0 { return (labels.joined(separator: "."), end ?? position + 1) }
            if length >= 0xC0 {
                guard let pointer = word(position), pointer & 0x3FFF < position else { return nil }
                end = end ?? position + 2
                position = pointer & 0x3FFF
                continue
            }
            guard length < 64, position + 1 + length <= bytes.count else { return nil }
            let label = bytes[position + 1..<position + 1 + length]
            guard label.allSatisfy({ (97...122).contains($0 | 0x20) || (48...57).contains($0) || $0 == 45 || $0 == 95 })
            else { return nil }
            labels.append(String(decoding: label, as: UTF8.self))
            position += 1 + length
        }
        return nil
    }
}
