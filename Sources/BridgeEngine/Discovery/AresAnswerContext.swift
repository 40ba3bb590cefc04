internal import CAres

/// What c-ares holds while it works on a question: the place for the outcome.
///
/// c-ares calls back exactly once for each question it was given: with the answer, with an error (perhaps before the
/// call that asked has returned), or with `ARES_EDESTRUCTION` when the channel is destroyed. The reference that it
/// holds is released by that call, so it is released exactly once. Everything happens on the resolver's thread.
final class AresAnswerContext {
    /// How the question ended; nil while it has not.
    private(set) var outcome: AresOutcome?
    private let live: LiveCount

    init(live: LiveCount) {
        self.live = live
        live.enter()
    }

    deinit { live.leave() }

    /// A reference for c-ares, given back by exactly one call of ``answered(_:outcome:)``.
    func retainedForCares() -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(self).toOpaque()
    }

    /// Takes the reference back and keeps the outcome. For the callbacks below only.
    private static func answered(_ pointer: UnsafeMutableRawPointer?, _ outcome: () -> AresOutcome) {
        guard let pointer else { return }
        Unmanaged<AresAnswerContext>.fromOpaque(pointer).takeRetainedValue().outcome = outcome()
    }

    /// For `ares_query` of type SRV. Called on the resolver's thread, the answer's bytes are valid during the call.
    static let srvCallback: ares_callback = { pointer, status, _, bytes, count in
        answered(pointer) {
            guard status == ARES_SUCCESS else { return .failed(AresStatus(code: status)) }
            return AresAnswerContext.parseSRV(bytes, count)
        }
    }

    /// For `ares_getaddrinfo`. Called on the resolver's thread, the list is ours to free.
    static let addressesCallback: ares_addrinfo_callback = { pointer, status, _, list in
        answered(pointer) {
            defer { if let list { ares_freeaddrinfo(list) } }
            guard status == ARES_SUCCESS, let list else { return .failed(AresStatus(code: status)) }
            return AresAnswerContext.addresses(list)
        }
    }

    private static func parseSRV(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int32) -> AresOutcome {
        guard let bytes, count >= 12 else { return .failed(.badAnswer) }
        // ares_query passes a response code that it has no number for as a success.
        let responseCode = bytes[3] & 0x0f
        guard responseCode == 0 else { return .failed(.responseCode(responseCode)) }
        var head: UnsafeMutablePointer<ares_srv_reply>?
        let status = ares_parse_srv_reply(bytes, count, &head)
        defer { if let head { ares_free_data(head) } }
        guard status == ARES_SUCCESS else {
            let known = AresStatus(code: status)
            // The question's name was checked before, so a bad name here is one in the answer.
            return .failed(known == .badName ? .badAnswer : known)
        }
        var records: [SRVRecord] = []
        var next = head
        while let record = next?.pointee {
            records.append(
                SRVRecord(
                    priority: record.priority, weight: record.weight, port: record.port,
                    target: record.host.map { String(cString: $0) } ?? ""))
            next = record.next
        }
        let answer = DNSAnswer(records: records)
        return answer.isEmpty ? .failed(.noRecords) : .found(answer)
    }

    private static func addresses(_ list: UnsafeMutablePointer<ares_addrinfo>) -> AresOutcome {
        var addresses: [IPAddress] = []
        var next = list.pointee.nodes
        while let node = next {
            var bytes = [UInt8](repeating: 0, count: 16)
            let count = callbridge_ares_address(node, &bytes)
            if let address = IPAddress(bytes: Array(bytes.prefix(Int(count)))) { addresses.append(address) }
            next = node.pointee.ai_next
        }
        let answer = DNSAnswer(addresses: addresses)
        return answer.isEmpty ? .failed(.noRecords) : .found(answer)
    }
}

/// How a question to c-ares ended.
enum AresOutcome: Sendable, Equatable {
    /// With records.
    case found(DNSAnswer)
    /// Without.
    case failed(AresStatus)
}
