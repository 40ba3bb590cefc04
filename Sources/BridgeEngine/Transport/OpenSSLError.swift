internal import COpenSSL

/// One entry of OpenSSL's error queue as a value.
///
/// The queue belongs to the thread, so to every connection of an event loop: it is cleared before each call and drained
/// right after a failed one, and nothing else ever looks at it.
struct OpenSSLError: Sendable, Equatable {
    /// The part of OpenSSL that raised it (`ERR_LIB_…`).
    let library: Int32
    /// Its number there (`SSL_R_…`, `PEM_R_…`).
    let reason: Int32
    /// OpenSSL's words for the reason. They describe, they never contain data of ours.
    let text: String

    /// Forgets what earlier calls of this thread left behind.
    static func clear() {
        ERR_clear_error()
    }

    /// Takes everything out of this thread's queue, oldest first.
    static func drain() -> [OpenSSLError] {
        var errors: [OpenSSLError] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return errors }
            let text = ERR_reason_error_string(code).map { String(cString: $0) }
            errors.append(
                OpenSSLError(
                    library: ERR_GET_LIB(code), reason: ERR_GET_REASON(code), text: text ?? "OpenSSL error \(code)"))
        }
    }

    /// The alert the peer sent, where the entry reports one: OpenSSL adds 1000 to its number.
    var alert: TLSAlert? {
        guard library == ERR_LIB_SSL, reason >= SSL_AD_REASON_OFFSET else { return nil }
        return UInt8(exactly: reason - SSL_AD_REASON_OFFSET).map(TLSAlert.init(rawValue:))
    }

    /// Whether a certificate was refused by our own check.
    var isCertificateRefusal: Bool {
        library == ERR_LIB_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED
    }
}

extension [OpenSSLError] {
    /// The most telling words: those of the first entry, which is nearest to the cause.
    var summary: String {
        first?.text ?? "no further reason given"
    }
}
