internal import BridgeEngine

/// What somebody has entered into the form with the settings.
struct ConfigurationEntries: Sendable, Equatable {
    /// What is wrong with a field.
    struct FieldError: Error, Sendable, Equatable {
        let field: ConfigurationField
        /// A sentence for a person; holds nothing of a secret.
        let detail: String
    }

    /// Everything that is wrong, in the order of the fields; never empty.
    struct FieldErrors: Error, Sendable, Equatable {
        let errors: [FieldError]
    }

    /// The name of the hidden field with the revision of the settings that the form was filled with.
    static let revisionName = "revision"

    /// The texts, as they were typed.
    let texts: [ConfigurationField: String]
    let revision: Int

    /// Reads a form.
    /// - Throws: `APIFailure.parameters` for what no form of ours sends.
    init(_ pairs: [NamedValue]) throws(APIFailure) {
        var texts: [ConfigurationField: String] = [:]
        var errors: [ParameterError] = []
        var revision: Int?
        for (index, pair) in pairs.enumerated() {
            let isRevision = pair.name == Self.revisionName
            guard let field = ConfigurationField(rawValue: pair.name) else {
                if isRevision, revision == nil, let number = pair.value.flatMap({ Int($0) }), number >= 0 {
                    revision = number
                } else if isRevision {
                    errors.append(ParameterError(parameter: Self.revisionName, .invalidValue, "One number, from 0."))
                } else {
                    errors.append(ParameterError(unknown: pair, mayBeSecret: Self.isBehindSecret(index, pairs)))
                }
                continue
            }
            if texts[field] != nil {
                errors.append(
                    ParameterError(parameter: pair.name, .duplicateParameter, "\(pair.name) is given more than once."))
            } else if let value = pair.value {
                texts[field] = value
            } else {
                errors.append(
                    ParameterError(
                        parameter: pair.name, .invalidValue, "The value is not properly encoded, or is no text."))
            }
        }
        if revision == nil, errors.isEmpty {
            errors.append(
                ParameterError(
                    parameter: Self.revisionName, .missingParameter, "It is not said which settings are to be changed.")
            )
        }
        guard errors.isEmpty, let revision else { throw .parameters(ParameterErrors(errors)) }
        self.texts = texts
        self.revision = revision
    }

    private static func isBehindSecret(_ index: Int, _ pairs: [NamedValue]) -> Bool {
        pairs[..<index].contains {
            $0.name == ConfigurationField.sharedSecret.rawValue
                || $0.name == ConfigurationField.confirmSharedSecret.rawValue
        }
    }

    /// Whether the stored secret is to go.
    var clearsSecret: Bool { !(texts[.clearSharedSecret] ?? "").isEmpty }
    /// Whether there is a new secret.
    var hasSecret: Bool { !(texts[.sharedSecret] ?? "").isEmpty }

    /// The change that is entered. What the form does not have is kept; an empty text clears its setting, only the secret
    /// is kept then.
    func change() -> Result<ConfigurationChange, FieldErrors> {
        var errors = secretErrors
        var pairs: [NamedValue] = [ConfigurationField.uniqueName, .domain, .serverAddressOverride].compactMap { field in
            texts[field].map { NamedValue(name: field.rawValue, value: $0) }
        }
        if clearsSecret {
            pairs.append(NamedValue(name: ConfigurationField.sharedSecret.rawValue, value: ""))
        } else if hasSecret {
            pairs.append(NamedValue(name: ConfigurationField.sharedSecret.rawValue, value: texts[.sharedSecret]))
        }
        switch ConfigurationParameters.change(from: pairs) {
        case .success(let change):
            return errors.isEmpty ? .success(change) : .failure(FieldErrors(errors: errors))
        case .failure(let wrong):
            errors += wrong.errors.compactMap(fieldError)
            let fields = ConfigurationField.allCases
            return .failure(
                FieldErrors(errors: fields.flatMap { field in errors.filter { $0.field == field } }))
        }
    }

    /// The field that a parameter's error stands beside.
    func fieldError(_ error: ParameterError) -> FieldError? {
        guard let field = ConfigurationField(rawValue: error.parameter) else { return nil }
        // Nobody sees it.
        if let text = texts[field], field != .sharedSecret,
            text.first?.isWhitespace == true || text.last?.isWhitespace == true
        {
            return FieldError(field: field, detail: "There is white space before or behind it.")
        }
        return FieldError(field: field, detail: error.detail)
    }

    private var secretErrors: [FieldError] {
        let confirmation = texts[.confirmSharedSecret] ?? ""
        if clearsSecret, hasSecret || !confirmation.isEmpty {
            return [
                FieldError(
                    field: .clearSharedSecret,
                    detail: "Either a new secret, or none: a secret is entered above as well.")
            ]
        }
        // Unicode's equality is not the server's: the bytes count.
        if Array((texts[.sharedSecret] ?? "").utf8) != Array(confirmation.utf8) {
            return [FieldError(field: .confirmSharedSecret, detail: "The two secrets differ; enter both again.")]
        }
        return []
    }
}
