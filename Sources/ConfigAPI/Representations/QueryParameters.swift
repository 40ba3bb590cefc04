/// The parameters of a query, each of a known name and given once.
struct QueryParameters: Sendable, Equatable {
    private let values: [String: String]

    /// Reads a query.
    /// - Throws: `APIFailure.parameters` with everything that is wrong, in the query's order.
    init(_ query: String?, allowing names: [String]) throws(APIFailure) {
        var values: [String: String] = [:]
        var errors: [ParameterError] = []
        for pair in FormBody(Array((query ?? "").utf8)).pairs {
            let name = pair.name
            if !names.contains(name) {
                errors.append(ParameterError(unknown: pair))
            } else if values[name] != nil {
                errors.append(ParameterError(parameter: name, .duplicateParameter, "\(name) is given more than once."))
            } else if let value = pair.value {
                values[name] = value
            } else {
                errors.append(ParameterError(parameter: name, .invalidValue, "The value is not properly encoded."))
            }
        }
        if !errors.isEmpty { throw .parameters(ParameterErrors(errors)) }
        self.values = values
    }

    /// The value of a parameter, decoded; nil where it is not given.
    subscript(name: String) -> String? { values[name] }
}
