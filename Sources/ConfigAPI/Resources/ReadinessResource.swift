internal import BridgeEngine
internal import HTTPTypes

/// `/readyz`: whether the server can do its work; with `?xmpp=required` also whether it is connected.
///
/// It needs no user, so it says nothing about the configuration.
struct ReadinessResource: APIResource {
    let store: StoreCheck
    let bridge: any BridgeControl

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let needsConnection = try Self.needsConnection(request.http.query)
        let isUsable = store.isUsable { isUsable in
            request.responder.respond(response(isUsable, needsConnection))
        }
        return isUsable.map { response($0, needsConnection) }
    }

    private func response(_ isUsable: Bool, _ needsConnection: Bool) -> HTTPServerResponse {
        var faults: [String] = []
        if !isUsable { faults.append("store: not usable\n") }
        if needsConnection, bridge.status.state != .connected { faults.append("xmpp: not connected\n") }
        var fields: HTTPFields = [.contentType: "text/plain", .cacheControl: "no-store"]
        if !faults.isEmpty { fields[.retryAfter] = "1" }
        return HTTPServerResponse(
            status: faults.isEmpty ? .ok : .serviceUnavailable, headerFields: fields,
            body: Array((faults.isEmpty ? "ok\n" : faults.joined()).utf8))
    }

    /// Whether the query says `xmpp=required`, which is all that it can say.
    private static func needsConnection(_ query: String?) throws(APIFailure) -> Bool {
        let pairs = FormBody(Array((query ?? "").utf8)).pairs
        var errors: [ParameterError] = []
        for (index, pair) in pairs.enumerated() {
            if pair.name != "xmpp" {
                errors.append(ParameterError(parameter: pair.name, .unknownParameter, "Only xmpp can be asked for."))
            } else if index != pairs.firstIndex(where: { $0.name == "xmpp" }) {
                errors.append(ParameterError(parameter: "xmpp", .duplicateParameter, "It may be given once."))
            } else if pair.value != "required" {
                errors.append(ParameterError(parameter: "xmpp", .invalidValue, "The one value is required."))
            }
        }
        if !errors.isEmpty { throw .parameters(ParameterErrors(errors)) }
        return !pairs.isEmpty
    }
}
