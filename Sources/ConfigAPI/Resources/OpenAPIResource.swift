internal import HTTPTypes

/// `/openapi.yaml`: the contract that this server keeps.
struct OpenAPIResource: APIResource {
    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        HTTPServerResponse(
            status: .ok, headerFields: [.contentType: "application/yaml", .cacheControl: "no-store"],
            body: PackageResources.openapi_yaml)
    }
}
