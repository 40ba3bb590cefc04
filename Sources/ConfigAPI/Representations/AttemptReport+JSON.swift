public import BridgeEngine

extension AttemptReport {
    /// The report of a check as the API answers it (`POST …/configuration/xmpp/check`), in JSON.
    /// - Parameter registering: whether the check registers.
    public func checkJSON(registering: Bool) -> [UInt8] {
        JSONWriter.bytes(Document(check: self, registering: registering))
    }
}
