/// Options as environment variables: `API_SERVER_` and the option's name in capitals.
enum OptionVariables {
    /// How all of them begin.
    static let prefix = "API_SERVER_"

    /// The variable for an option's name without the dashes.
    static func variable(of option: String) -> String {
        prefix + option.uppercased().replacing("-", with: "_")
    }

    /// The part of an environment that is for this program.
    static func own(_ environment: [String: String]) -> [String: String] {
        environment.filter { $0.key.hasPrefix(prefix) }
    }
}
