/// The two names a server must prove with its certificate.
///
/// Both are needed: the domain shows that it may speak for the XMPP service, the host that it is the machine that was
/// dialled. An SRV target alone would prove nothing, since DNS answers are not signed.
struct ExpectedIdentity: Sendable, Hashable {
    /// The machine that was dialled.
    enum Host: Sendable, Hashable {
        /// A fully qualified name in A-label form; a final dot is ignored.
        case name(String)
        /// An IP address, 4 or 16 bytes in network order.
        case address([UInt8])
        /// The administrator wrote `localhost` or a loopback address: the domain alone is enough.
        case loopback
    }

    /// The XMPP domain, in A-label form and lower case.
    var domain: String
    /// The machine that was dialled.
    var host: Host
}
