internal import BridgeEngine
internal import HTTPTypes

/// A page: what is in the middle, with the frame that all pages have.
struct WebPage: Sendable {
    let title: HTML
    /// What stands above everything; nil: the title.
    var heading: HTML?
    /// Which page it is; nil for one that has no place of its own, such as a failure.
    var route: Route?
    let main: HTML
    /// The moment that the page tells about.
    var now = Timestamp.now()

    /// The pages that have a place in the navigation, with CMS's names of them.
    private static let navigation: [(route: Route, name: HTML)] = [
        (.configurationPage, "Configuration › General"), (.statusPage, "Status › General"),
    ]

    /// What a page may load and where its forms may go: this server, and no script or style in the page itself.
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// The answer.
    func response(status: HTTPResponse.Status = .ok) -> HTTPServerResponse {
        HTTPServerResponse(status: status, headerFields: Self.fields, body: html.bytes)
    }

    /// The fields of an answer that is a page or a part of one: nothing of it is kept by anybody.
    static let fields: HTTPFields = {
        var fields: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .contentSecurityPolicy: policy,
        ]
        // Not "no-referrer": with it a browser sends `Origin: null` with the page's own form.
        if let referrer = HTTPField.Name("Referrer-Policy") { fields[referrer] = "same-origin" }
        return fields
    }()

    /// Leads a browser to another page, with GET.
    static func redirect(to route: Route, query: String = "") -> HTTPServerResponse {
        var response = HTTPServerResponse(status: .seeOther, headerFields: fields)
        response.headerFields[.contentType] = nil
        response.headerFields[.location] = route.template.path + (query.isEmpty ? "" : "?\(query)")
        return response
    }

    private var html: HTML {
        let links = Self.navigation.map { route, name -> HTML in
            let current: HTML = route == self.route ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(route.template.path)\"\(current)>\(name)</a></li>"
        }
        return HTML(
            document: PackageResources.page_html,
            [
                "title": title, "heading": heading ?? title, "navigation": .joined(links), "main": main,
                "now": .time(now),
            ])
    }
}
