/// What became of a check, as the API tells it.
///
/// Words are kept as they come: another version may have others.
struct CheckReport: Decodable, Equatable {
    /// One step of it.
    struct Step: Decodable, Equatable {
        let step: String
        let server: String?
        let address: String?
        let milliseconds: Double
        let outcome: String
        let failure: StatusReport.Failure?
        let records: [String]?
        let addresses: [String]?
        let tls: StatusReport.TLS?
        let streamId: String?
    }

    /// Whether it would register.
    let register: Bool
    let jid: String
    let milliseconds: Double
    let outcome: String
    let failure: StatusReport.Failure?
    let steps: [Step]
    let omittedSteps: Int?

    /// Whether the settings would connect.
    var isSuccess: Bool { outcome == "succeeded" }
}
