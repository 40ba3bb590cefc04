/// Why a TLS connection could not be made, or ended.
struct TLSFailure: Error, Sendable, Equatable {
    /// The stable word for scripts.
    let reason: FailureReason
    /// Whole sentences for a person. Text that came from the server is escaped and bounded.
    let detail: String
}
