/// How much of the server's certificate is checked.
public enum TLSVerification: String, Sendable, CaseIterable {
    /// Chain, dates, purpose, and both names: the XMPP domain and the server's host. The default.
    case full
    /// Chain, dates and purpose; any name is accepted.
    case chain
    /// Nothing: for the lab only. Whoever answers is believed.
    case none
}
