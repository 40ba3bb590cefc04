/// How a failure is told: by the API as a document, by a page as a page.
enum FailureForm: Sendable, Equatable {
    case document(Representation)
    case page(Route)

    /// - Parameter route: nil where the path names nothing.
    init(_ route: Route?, _ representation: Representation) {
        switch route {
        case .home, .statusPage: self = .page(.statusPage)
        case .configurationPage, .checkPage: self = .page(.configurationPage)
        default: self = .document(representation)
        }
    }

    /// The answer.
    func response(_ failure: APIFailure) -> HTTPServerResponse {
        switch self {
        case .document(let representation): failure.response(in: representation)
        case .page(let route): failure.page(route)
        }
    }
}
