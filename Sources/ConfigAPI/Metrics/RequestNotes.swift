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
        metrics.count(
            template, request.method, code: response.status.code, nanoseconds: isTimed ? nanoseconds : nil)
        logger.debug(
            "request answered",
            metadata: [
                LogKey.method: "\(request.method.rawValue.prefix(32))", LogKey.route: "\(template.path)",
                LogKey.status: "\(response.status.code)", LogKey.client: "\(request.remoteAddress)",
                LogKey.milliseconds: "\(Double(nanoseconds / 1000) / 1000)", LogKey.requestID: "\(request.id)",
            ])
        var response = response
        if let name = RequestID.fieldName { response.headerFields[name] = request.id }
        return response
    }
}
