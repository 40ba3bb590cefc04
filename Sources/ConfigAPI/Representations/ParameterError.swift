internal import BridgeEngine

/// One parameter of a request that can't be accepted.
struct ParameterError: Error, Sendable, Equatable {
    /// What is wrong with it; the words are part of the HTTP contract.
    enum Kind: String, Sendable, CaseIterable {
        case invalidValue, unknownParameter, duplicateParameter, missingParameter, alreadyExists
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

    /// Names a stranger, if it looks like a name at all: what follows an unencoded `&` in a secret, or a body of another
    /// type than its Content-Type says, must not come back in an answer.
    /// - Parameter mayBeSecret: whether it may be a part of the value before it.
    init(unknown pair: NamedValue, mayBeSecret: Bool = false) {
        let isName = (1...64).contains(pair.name.utf8.count) && pair.name.utf8.allSatisfy(Self.isLetterOrDigit)
        if isName, !pair.isBare, !mayBeSecret {
            self.init(parameter: pair.name, .unknownParameter, "There is no parameter of this name.")
        } else {
            self.init(
                parameter: "unknown", .unknownParameter,
                "There is a parameter of another name, which is not repeated here because it may be part of a secret.")
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    init(_ parameter: BridgeSettings.Parameter, _ kind: Kind, _ detail: String) {
        self.init(parameter: parameter.rawValue, kind, detail)
    }
}
