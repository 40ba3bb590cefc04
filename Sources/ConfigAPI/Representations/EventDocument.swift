internal import BridgeEngine

extension Document.Row {
    /// An event; a field without a value is absent.
    init(_ entry: EventLog.Entry) {
        let event = entry.event
        var fields: [Document.Field] = [
            .init("at", .text(event.at.rfc3339)), .init("type", .text(event.kind.rawValue)),
        ]
        func add(_ name: String, _ value: String?) {
            if let value { fields.append(.init(name, .text(value))) }
        }
        add("user", event.requester?.user)
        add("address", event.requester?.address)
        add("door", event.door?.rawValue)
        add("name", event.name)
        if !event.fields.isEmpty {
            fields.append(.init("fields", .list(item: "field", event.fields.map { .text($0) })))
        }
        if let revision = event.revision { fields.append(.init("revision", .integer(revision))) }
        add("jid", event.jid)
        add("server", event.server)
        add("step", event.step)
        add("reason", event.reason)
        add("detail", event.detail)
        if event.isCounted { fields.append(.init("count", .integer(event.count))) }
        add("lastAt", event.lastAt?.rfc3339)
        self.init(id: String(entry.id), fields: fields)
    }
}
