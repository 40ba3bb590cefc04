/// A TLS alert's number (RFC 8446 §6, and the registry it opened).
struct TLSAlert: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt8

    static let handshakeFailure = TLSAlert(rawValue: 40)
    static let badCertificate = TLSAlert(rawValue: 42)
    static let unsupportedCertificate = TLSAlert(rawValue: 43)
    static let certificateRevoked = TLSAlert(rawValue: 44)
    static let certificateExpired = TLSAlert(rawValue: 45)
    static let certificateUnknown = TLSAlert(rawValue: 46)
    static let unknownCA = TLSAlert(rawValue: 48)
    static let accessDenied = TLSAlert(rawValue: 49)
    static let protocolVersion = TLSAlert(rawValue: 70)
    static let unrecognizedName = TLSAlert(rawValue: 112)
    static let certificateRequired = TLSAlert(rawValue: 116)

    /// The registered name, such as `unknown_ca`; `alert 200` for a number that has none.
    var name: String {
        Self.names[rawValue] ?? "alert \(rawValue)"
    }

    private static let names: [UInt8: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
        22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
        42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
        46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied",
        50: "decode_error", 51: "decrypt_error", 60: "export_restriction", 70: "protocol_version",
        71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
        100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
        111: "certificate_unobtainable", 112: "unrecognized_name", 113: "bad_certificate_status_response",
        114: "bad_certificate_hash_value", 115: "unknown_psk_identity", 116: "certificate_required",
        120: "no_application_protocol",
    ]
}
