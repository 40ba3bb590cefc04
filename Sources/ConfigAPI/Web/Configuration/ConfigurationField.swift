/// The fields of the form with the settings, in their order on the page; the words are their names in the form.
enum ConfigurationField: String, Sendable, CaseIterable {
    case uniqueName, domain, serverAddressOverride, sharedSecret, confirmSharedSecret, clearSharedSecret

    /// CMS's label of it; of what CMS has not, our own.
    var label: String {
        switch self {
        case .uniqueName: "Unique Call Bridge name"
        case .domain: "Domain"
        case .serverAddressOverride: "Server address"
        case .sharedSecret: "Shared secret"
        case .confirmSharedSecret: "Confirm shared secret"
        case .clearSharedSecret: "Clear the shared secret"
        }
    }

    /// What it means, and what happens without it.
    var hint: HTML {
        switch self {
        case .uniqueName:
            "Registered at the XMPP server as <code>name.domain</code>, for example <code>cb1</code> as cb1.example.com."
        case .domain: "The XMPP domain, for example <code>example.com</code>."
        case .serverAddressOverride:
            """
            Host or IP address, with <code>:port</code> if it is not 5223. Blank: found by the DNS SRV record \
            <code>_xmpp-component._tcp.</code>domain.
            """
        case .sharedSecret: "The component's password at the XMPP server. Blank: stays as it is."
        case .confirmSharedSecret: "The same once more."
        case .clearSharedSecret: "Without a secret there is no connection."
        }
    }
}
