internal import HTTPTypes

/// `/healthz`: says that the process is well, and nothing else.
struct HealthResource: APIResource {
    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        HTTPServerResponse(
            status: .ok, headerFields: [.contentType: "text/plain", .cacheControl: "no-store"], body: Array("ok\n".utf8)
        )
    }
}
