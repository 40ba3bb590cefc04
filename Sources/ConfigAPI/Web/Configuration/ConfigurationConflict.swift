internal import BridgeEngine

/// Settings that somebody else has changed between the load of a form and its Submit: both values, for a decision.
struct ConfigurationConflict: Sendable, Equatable {
    /// A setting that would be changed.
    struct Row: Sendable, Equatable {
        let label: String
        let entered: String
        let stored: String
    }

    /// What stands for no value.
    static let nothing = "nothing"

    let rows: [Row]
    let revision: Int

    /// - Parameters:
    ///   - change: what was entered.
    ///   - stored: what is stored now.
    init(_ entries: ConfigurationEntries, _ change: ConfigurationChange, _ stored: StoredConfiguration) {
        revision = stored.revision
        var rows: [Row] = []
        func add(_ field: ConfigurationField, _ wanted: String?, _ there: String?) {
            guard wanted != there else { return }
            rows.append(
                Row(label: field.label, entered: wanted ?? Self.nothing, stored: there ?? Self.nothing))
        }
        add(.uniqueName, change.uniqueName.applied(to: stored.uniqueName), stored.uniqueName)
        add(.domain, change.domain.applied(to: stored.domain), stored.domain)
        add(
            .serverAddressOverride, change.serverAddressOverride.applied(to: stored.serverAddressOverride),
            stored.serverAddressOverride)
        let isSet = stored.sharedSecret != nil
        if entries.hasSecret {
            add(.sharedSecret, "a new secret, to be entered again", isSet ? "a secret" : nil)
        } else if entries.clearsSecret, isSet {
            add(.sharedSecret, nil, "a secret")
        }
        self.rows = rows
    }

    /// The section.
    var html: HTML {
        """
        <section id="conflict" class="conflict" role="alert" tabindex="-1" aria-labelledby="conflict-heading">
        <h2 id="conflict-heading">The settings were changed meanwhile</h2>
        <p>Somebody has stored revision \(revision) after this page was loaded, so nothing was stored now. \
        Who it was is in the <a href="\(Route.statusPage.template.path)#events">event log</a>.</p>
        \(rows.isEmpty ? Self.same : table)
        </section>
        """
    }

    private static let same: HTML = "<p>What you have entered is what is stored.</p>"

    private var table: HTML {
        let lines = rows.map { row -> HTML in
            "<tr><th scope=\"row\">\(row.label)</th><td>\(row.entered)</td><td>\(row.stored)</td></tr>"
        }
        return """
            <table><thead><tr><th scope="col">Setting</th><th scope="col">Your entry</th><th scope="col">Stored now</th>\
            </tr></thead><tbody>\(.joined(lines))</tbody></table>
            <p>The form below has your entries; Submit stores them over what is stored now. \
            <a href="\(Route.configurationPage.template.path)">Load what is stored</a> to give them up.</p>
            """
    }
}
