internal import HTTPTypes

extension APIFailure {
    /// The failure as a page.
    func page(_ route: Route) -> HTTPServerResponse {
        let main: HTML = """
            <p role="alert" class="failure">\(detail)</p>
            \(list)
            <p><a href="\(route.template.path)">Again</a></p>
            """
        var response = WebPage(title: "\(status.code) \(status.reasonPhrase)", main: main).response(status: status)
        for field in headerFields { response.headerFields[field.name] = field.value }
        return response
    }

    private var list: HTML? {
        guard case .parameters(let errors) = self else { return nil }
        let items = errors.errors.map { error -> HTML in "<li>\(error.parameter): \(error.detail)</li>" }
        return "<ul>\(.joined(items))</ul>"
    }
}
