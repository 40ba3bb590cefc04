internal import HTTPTypes

/// `/`: leads to the page that tells how it is.
struct HomeResource: APIResource {
    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        WebPage.redirect(to: .statusPage)
    }
}
