internal import BridgeEngine

extension Document.Row {
    /// An attempt to connect with its steps; a field without a value is absent.
    init(_ entry: AttemptLog.Entry) {
        self.init(id: String(entry.id), fields: Document.fields(of: entry.report))
    }
}

extension Document {
    /// A check: an attempt with other settings than the stored ones.
    init(check report: AttemptReport, registering: Bool) {
        self.init("xmppCheck", [.init("register", .flag(registering))] + Self.fields(of: report))
    }

    /// What a report says, without the attempt's number.
    static func fields(of report: AttemptReport) -> [Field] {
        var fields: [Field] = [
            .init("startedAt", .text(report.startedAt.rfc3339)), milliseconds(report.microseconds),
        ]
        if let revision = report.revision { fields.append(.init("revision", .integer(revision))) }
        fields += [
            .init("jid", .text(report.jid)), .init("source", .text(report.source.rawValue)),
            .init("outcome", .text(report.outcome.rawValue)),
        ]
        if let failure = report.failure { fields.append(.init("failure", .object(Self.fields(of: failure)))) }
        fields.append(
            .init("steps", .list(item: "attemptStep", report.steps.map { .object(Self.fields(of: $0)) })))
        if report.omittedSteps > 0 { fields.append(.init("omittedSteps", .integer(report.omittedSteps))) }
        return fields
    }

    /// Where, why, and a sentence.
    static func fields(of failure: BridgeFailure) -> [Field] {
        [
            .init("step", .text(failure.stage.rawValue)), .init("reason", .text(failure.reason.rawValue)),
            .init("detail", .text(failure.detail)),
        ]
    }

    private static func fields(of step: AttemptStep) -> [Field] {
        var fields: [Field] = [.init("step", .text(step.step.rawValue))]
        func add(_ name: String, _ value: String?) {
            if let value { fields.append(.init(name, .text(value))) }
        }
        add("server", step.server)
        add("address", step.address)
        add("startedAt", step.startedAt.rfc3339)
        fields.append(milliseconds(step.microseconds))
        add("outcome", step.outcome.rawValue)
        if let failure = step.failure { fields.append(.init("failure", .object(Self.fields(of: failure)))) }
        if !step.records.isEmpty {
            fields.append(.init("records", .list(item: "record", step.records.map { .text(text(of: $0)) })))
        }
        if !step.addresses.isEmpty {
            fields.append(.init("addresses", .list(item: "address", step.addresses.map { .text($0) })))
        }
        if let tls = step.tls { fields.append(.init("tls", .object(Self.fields(of: tls)))) }
        add("streamId", step.streamID)
        return fields
    }

    /// As in a zone file: priority, weight, port, target.
    private static func text(of record: SRVRecord) -> String {
        "\(record.priority) \(record.weight) \(record.port) \(record.target)."
    }

    private static func milliseconds(_ microseconds: Int64) -> Field {
        Field("milliseconds", .thousandths(Int(microseconds)))
    }
}
