/// The user event ``TLSClientHandler`` fires once, before any decrypted byte.
///
/// In TLS 1.3 it does not mean that the server accepted our certificate: its refusal comes later, as an error.
struct TLSHandshakeCompleted: Sendable, Equatable {
    /// What was agreed.
    let info: TLSSessionInfo

    init(_ info: TLSSessionInfo) {
        self.info = info
    }
}
