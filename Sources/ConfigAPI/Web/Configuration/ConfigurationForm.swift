internal import BridgeEngine

/// The form with the settings, filled: what its fields hold and what is said beside them.
struct ConfigurationForm: Sendable {
    /// The texts of the fields; never a secret.
    let texts: [ConfigurationField: String]
    /// Whether the box that clears the secret is ticked.
    var clearsSecret = false
    /// The revision that a Submit would change.
    let revision: Int
    /// Whether a secret is stored.
    let isSecretSet: Bool
    /// Whether the user may change anything.
    let mayWrite: Bool
    var errors: [ConfigurationEntries.FieldError] = []

    /// With what is stored.
    init(_ stored: StoredConfiguration, mayWrite: Bool) {
        texts = [
            .uniqueName: stored.uniqueName ?? "", .domain: stored.domain ?? "",
            .serverAddressOverride: stored.serverAddressOverride ?? "",
        ]
        revision = stored.revision
        isSecretSet = stored.sharedSecret != nil
        self.mayWrite = mayWrite
    }

    /// With what was entered.
    /// - Parameter revision: see ``revision``.
    init(
        _ entries: ConfigurationEntries, over stored: StoredConfiguration, revision: Int,
        errors: [ConfigurationEntries.FieldError] = []
    ) {
        texts = entries.texts.filter { $0.key != .sharedSecret && $0.key != .confirmSharedSecret }
        clearsSecret = entries.clearsSecret
        self.revision = revision
        isSecretSet = stored.sharedSecret != nil
        mayWrite = true
        self.errors = errors
    }

    /// The form.
    var html: HTML {
        let disabled: HTML = mayWrite ? "" : " disabled"
        return """
            <form id="settings" class="card" method="post" action="\(Route.configurationPage.template.path)" \
            autocomplete="off" novalidate>
            <h2 id="settings-heading">XMPP server settings</h2>
            \(summary)
            \(mayWrite ? nil : "<p>Your user may read the settings, but not change them.</p>" as HTML)
            <fieldset aria-labelledby="settings-heading"\(disabled)>
            <input type="hidden" name="\(ConfigurationEntries.revisionName)" value="\(revision)">
            \(.joined([ConfigurationField.uniqueName, .domain, .serverAddressOverride].map(textField), by: "\n"))
            <p id="secret-state">\(isSecretSet ? "A shared secret is set." : "No shared secret is set.")</p>
            \(.joined([ConfigurationField.sharedSecret, .confirmSharedSecret].map(secretField), by: "\n"))
            \(clearField)
            \(mayWrite ? Self.buttons : nil)
            </fieldset>
            <p id="stale" class="stale" role="status" hidden>These settings were changed after the page was loaded. \
            <a href="\(Route.configurationPage.template.path)">Load them</a></p>
            </form>
            """
    }

    private static let buttons: HTML = """
        <div class="buttons"><button value="submit">Submit</button>\
        <button id="check-button" value="check" formaction="\(Route.checkPage.template.path)">Check</button></div>
        """

    private var summary: HTML? {
        guard !errors.isEmpty else { return nil }
        let items = errors.map { error -> HTML in
            "<li><a href=\"#\(error.field.rawValue)\">\(error.field.label)</a>: \(error.detail)</li>"
        }
        return """
            <div id="errors" class="errors" role="alert" tabindex="-1"><p>Nothing was stored. Please mend:</p>\
            <ul>\(.joined(items))</ul></div>
            """
    }

    private func textField(_ field: ConfigurationField) -> HTML {
        input(
            field,
            "type=\"text\" value=\"\(.exact(texts[field] ?? ""))\" autocomplete=\"off\" spellcheck=\"false\" autocapitalize=\"none\""
        )
    }

    private func secretField(_ field: ConfigurationField) -> HTML {
        input(field, "type=\"password\" autocomplete=\"new-password\"")
    }

    private func input(_ field: ConfigurationField, _ attributes: HTML) -> HTML {
        """
        <div class="field" id="field-\(field.rawValue)"><label for="\(field.rawValue)">\(field.label)</label>
        <input id="\(field.rawValue)" name="\(field.rawValue)" \(attributes)\(invalid(field)) \
        aria-describedby="hint-\(field.rawValue) error-\(field.rawValue)">
        \(hintAndError(field))</div>
        """
    }

    private var clearField: HTML {
        let field = ConfigurationField.clearSharedSecret
        let checked: HTML = clearsSecret ? " checked" : ""
        return """
            <div class="field" id="field-\(field.rawValue)"><input id="\(field.rawValue)" name="\(field.rawValue)" \
            type="checkbox" value="true"\(checked)\(invalid(field)) \
            aria-describedby="hint-\(field.rawValue) error-\(field.rawValue)"><label class="choice" \
            for="\(field.rawValue)">\(field.label)</label>
            \(hintAndError(field))</div>
            """
    }

    private func invalid(_ field: ConfigurationField) -> HTML {
        errors.contains { $0.field == field } ? " aria-invalid=\"true\"" : ""
    }

    /// The error's place is there without one, so that nothing moves.
    private func hintAndError(_ field: ConfigurationField) -> HTML {
        let error = errors.first { $0.field == field }?.detail ?? ""
        return """
            <p class="hint" id="hint-\(field.rawValue)">\(field.hint)</p>\
            <p class="error" id="error-\(field.rawValue)">\(error)</p>
            """
    }
}
