import CAres

@testable import BridgeEngine

/// The bytes of a DNS answer to a question for SRV records, through c-ares and what we make of it, against a strict
/// reader of our own.
enum DNSAnswerFuzz {
    private static let live = LiveCount()

    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        let outcome = parsed(bytes)
        try FuzzFinding.unless(live.current == 0, "\(live.current) contexts are left over")
        if let records = DNSAnswerReader(bytes).records() {
            let expected = DNSAnswer(records: records)
            try FuzzFinding.unless(
                outcome == (expected.isEmpty ? .failed(.noRecords) : .found(expected)), "\(outcome), not \(expected)")
        }
        switch outcome {
        case .found(let answer):
            let announced = Int(bytes[6]) << 8 | Int(bytes[7])
            try FuzzFinding.unless(
                (1...min(announced, DNSAnswer.mostRecords)).contains(answer.records.count) && answer.addresses.isEmpty,
                "\(answer.records.count) records of \(announced)")
            try FuzzFinding.unless(bytes[3] & 0x0F == 0, "records in an error")
            try FuzzFinding.unless(Set(answer.records).count == answer.records.count, "a record is there twice")
            for record in answer.records { try check(record) }
        case .failed(let status):
            let failure = status.failure(for: .srv("_xmpp-component._tcp.example.test"))
            try FuzzFinding.unless(TextRules.isOneLine(failure.detail) && !failure.detail.isEmpty, failure.detail)
            try FuzzFinding.unless(status != .closed && status != .timedOut && status != .unreachable, "\(status)")
        }
    }

    private static func check(_ record: SRVRecord) throws(FuzzFinding) {
        // It reaches logs and is asked for.
        try FuzzFinding.unless(
            record.target.utf8.allSatisfy { (0x20...0x7E).contains($0) && !(65...90).contains($0) },
            "the target \(record.target.debugDescription)")
        try FuzzFinding.unless(record.isNotOffered == record.target.isEmpty, "offered or not")
        if let name = DNSQuestion.addresses(record.target, .v4).wireName {
            try FuzzFinding.unless(name == record.target, "\(record.target) is asked for as \(name)")
        }
    }

    /// As c-ares calls it with an answer.
    private static func parsed(_ bytes: [UInt8]) -> AresOutcome {
        let context = AresAnswerContext(live: live)
        defer { withExtendedLifetime(context) {} }
        var bytes = bytes
        bytes.withUnsafeMutableBufferPointer { buffer in
            AresAnswerContext.srvCallback(
                context.retainedForCares(), ARES_SUCCESS, 0, buffer.baseAddress, Int32(buffer.count))
        }
        return context.outcome ?? .failed(.closed)
    }
}
