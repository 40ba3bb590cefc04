internal import BridgeEngine
internal import HTTPTypes

/// The page with the settings.
struct ConfigurationPage: Sendable {
    let form: ConfigurationForm
    let status: BridgeStatus
    /// What was done, in a sentence.
    var notice: HTML?
    /// Why nothing could be done, in a sentence.
    var problem: HTML?
    var conflict: ConfigurationConflict?
    var check = CheckSection.idle
    var now = Timestamp.now()

    /// The answer.
    func response(_ code: HTTPResponse.Status = .ok) -> HTTPServerResponse {
        let title: HTML =
            form.errors.isEmpty && problem == nil && conflict == nil
            ? "Configuration › General" : "Error: Configuration › General"
        return WebPage(
            title: title, heading: "Configuration › General", route: .configurationPage, main: main, now: now
        ).response(status: code)
    }

    private var main: HTML {
        let notice: HTML? = notice.map { "<p id=\"done\" class=\"done\" role=\"status\">\($0)</p>" }
        let problem: HTML? = problem.map {
            "<p id=\"problem\" class=\"failure\" role=\"alert\" tabindex=\"-1\">\($0)</p>"
        }
        return """
            \(notice)\(problem)\(conflict?.html)
            \(ConnectionSection(status: status, now: now, hasFacts: false).html)
            \(form.html)
            \(form.mayWrite ? check.html : nil)
            """
    }
}
