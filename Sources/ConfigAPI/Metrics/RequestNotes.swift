internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// Counts and logs answers, and marks each with its request's id.
struct RequestNotes: Sendable {
    let metrics: RequestMetrics
    let logger: Logger

    /// Takes note of an answer.
    /// - Parameters:
    ///   - template: the route of the request.
    ///   - nanoseconds: how long it took to make.
    ///   - isTimed: false where that says nothing about the server.
    /// - Returns: The answer with the id.
    func note(
        _ response: HTTPServerResponse, to request: HTTPServerRequest, _ template: RouteTemplate,
        nanoseconds: UInt64 = 0, isTimed: Bool
    ) -> HTTPServerResponse {
        note(
            request.method, template, code: response.status.code, from: request.remoteAddress, id: request.id,
            nanoseconds: nanoseconds, isTimed: isTimed)
        var response = response
        if let name = RequestID.fieldName { response.headerFields[name] = request.id }
        return response
    }

    /// Takes note of an answer without looking at it.
    func note(
        _ method: HTTPRequest.Method, _ template: RouteTemplate, code: Int, from address: String, id: String,
        nanoseconds: UInt64, isTimed: Bool
    ) {
        metrics.count(template, method, code: code, nanoseconds: isTimed ? nanoseconds : nil)
        logger.debug(
            "request answered",
            metadata: [
                LogKey.method: "\(method.rawValue.prefix(32))", LogKey.route: "\(template.path)",
                LogKey.status: "\(code)", LogKey.client: "\(address)",
                LogKey.milliseconds: "\(Double(nanoseconds / 1000) / 1000)", LogKey.requestID: "\(id)",
            ])
    }
}
