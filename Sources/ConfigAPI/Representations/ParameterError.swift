internal import BridgeEngine

/// One parameter of a request that can't be accepted.
struct ParameterError: Error, Sendable, Equatable {
    /// What is wrong with it; the words are part of the HTTP contract.
    enum Kind: String, Sendable {
        case invalidValue, unknownParameter, duplicateParameter, missingParameter
    }

    /// The parameter as the client named it.
    let parameter: String
    let kind: Kind
    /// A sentence for a person; holds nothing of a secret.
    let detail: String

    init(parameter: String, _ kind: Kind, _ detail: String) {
        self.parameter = parameter
        self.kind = kind
        self.detail = detail
    }

    init(_ parameter: BridgeSettings.Parameter, _ kind: Kind, _ detail: String) {
        self.init(parameter: parameter.rawValue, kind, detail)
    }
}
