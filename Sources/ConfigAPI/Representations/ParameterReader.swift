/// Takes the parameters of a resource from a client's names and values.
enum ParameterReader {
    /// Hands over the value of each parameter that is given once, in the contract's order.
    /// - Parameters:
    ///   - required: parameters that have to be given.
    ///   - secret: the parameter with a secret: a name that stands behind it and is no parameter may be part of its
    ///     value.
    ///   - take: reads a value; empty where the client clears the parameter.
    /// - Returns: Everything that is wrong, in the contract's order, strangers last.
    static func read<Parameter: CaseIterable & RawRepresentable<String> & Sendable>(
        _ pairs: [NamedValue], required: [Parameter] = [], secret: Parameter? = nil,
        take: (Parameter, String) throws(ParameterError) -> Void
    ) -> [ParameterError] {
        var errors: [ParameterError] = []
        for parameter in Parameter.allCases {
            let name = parameter.rawValue
            do throws(ParameterError) {
                if let value = try value(of: name, in: pairs) {
                    try take(parameter, value)
                } else if required.contains(where: { $0.rawValue == name }) {
                    throw ParameterError(parameter: name, .missingParameter, "\(name) is not given.")
                }
            } catch {
                errors.append(error)
            }
        }
        for (index, pair) in pairs.enumerated() where Parameter(rawValue: pair.name) == nil {
            let mayBeSecret = secret.map { secret in pairs[..<index].contains { $0.name == secret.rawValue } } ?? false
            errors.append(ParameterError(unknown: pair, mayBeSecret: mayBeSecret))
        }
        return errors
    }

    private static func value(of name: String, in pairs: [NamedValue]) throws(ParameterError) -> String? {
        let named = pairs.filter { $0.name == name }
        guard let pair = named.first else { return nil }
        if named.count > 1 {
            throw ParameterError(parameter: name, .duplicateParameter, "\(name) is given more than once.")
        }
        guard let value = pair.value else {
            throw ParameterError(
                parameter: name, .invalidValue, "The value is not properly encoded, or is no text.")
        }
        return value
    }
}
