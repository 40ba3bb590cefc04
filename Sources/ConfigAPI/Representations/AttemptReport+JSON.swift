public import BridgeEngine

extension AttemptReport {
    /// The report as the API answers it to a check (`POST …/configuration/xmpp/check`), in JSON.
    public var json: [UInt8] {
        JSONWriter.bytes(Document("xmppCheck", Document.fields(of: self)))
    }
}
