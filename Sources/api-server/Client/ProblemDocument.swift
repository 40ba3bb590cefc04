/// A failure as the server describes it (RFC 9457).
struct ProblemDocument: Decodable {
    /// One parameter that can't be accepted.
    struct ParameterProblem: Decodable {
        let parameter: String
        let detail: String

        /// The sentence, behind the option that gave the value.
        var sentence: String { "\(SettingsOptions.option(for: parameter)): \(detail)" }
    }

    let title: String?
    let detail: String?
    let errors: [ParameterProblem]?

    /// One sentence, or one for each parameter; nil where the document says nothing.
    var sentences: String? {
        if let errors, !errors.isEmpty { return errors.map(\.sentence).joined(separator: " ") }
        return detail ?? title
    }
}
