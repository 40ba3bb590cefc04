/// Why a TLS connection could not be made, or ended.
struct TLSFailure: Error, Sendable, Equatable {
    /// The stable word for scripts.
    let reason: FailureReason
    /// A sentence for a person, without a final stop. Text that came from the server is escaped and bounded.
    let detail: String
}
