/// Settings that can't be accepted: everything that is wrong with them.
public struct SettingsError: Error, Sendable {
    /// One value.
    public struct Problem: Sendable {
        /// The parameter as the API names it.
        public let parameter: String
        /// A sentence for a person; holds nothing of a secret.
        public let detail: String
    }

    /// Never empty, in the contract's order.
    public let problems: [Problem]

    init(_ errors: ParameterErrors) {
        problems = errors.errors.map { Problem(parameter: $0.parameter, detail: $0.detail) }
    }
}
