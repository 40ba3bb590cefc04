internal import BridgeEngine

extension ConnectionStep {
    /// The step's name for people.
    var words: String {
        switch self {
        case .srvLookup: "SRV look-up"
        case .addressLookup: "Address look-up"
        case .tcpConnect: "TCP connection"
        case .tlsHandshake: "TLS handshake"
        case .streamOpen: "XML stream"
        case .registration: "Registration"
        }
    }
}

extension BridgeFailure.Stage {
    /// Where something failed, for people.
    var words: String {
        switch self {
        case .step(let step): step.words
        case .connected: "while connected"
        }
    }
}

extension BridgeSettings.Parameter {
    /// CMS's label of the setting.
    var label: String {
        switch self {
        case .uniqueName: "Unique Call Bridge name"
        case .domain: "Domain"
        case .serverAddressOverride: "Server address"
        case .sharedSecret: "Shared secret"
        }
    }
}

extension BridgeStatus.Warning {
    /// The warning as a sentence.
    var sentence: String {
        switch self {
        case .verificationOff: "The server's certificate is not checked at all (--xmpp-verify none)."
        case .certificateChanged: "The server shows another certificate than at the last connection."
        case .certificateEndsSoon: "The server's certificate ends within 30 days, or has ended."
        case .duplicateSuspected: "Another connection seems to be registered with this name at the server."
        }
    }
}
