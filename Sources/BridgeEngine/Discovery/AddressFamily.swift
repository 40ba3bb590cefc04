/// Which kind of Internet address: the A or the AAAA side of a host name.
public enum AddressFamily: Sendable, Hashable, CaseIterable {
    /// IPv4, DNS type A.
    case v4
    /// IPv6, DNS type AAAA.
    case v6
}
