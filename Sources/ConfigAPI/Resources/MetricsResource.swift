internal import Dispatch
internal import HTTPTypes

/// `/metrics`: what there is to count and measure, for Prometheus.
struct MetricsResource: APIResource {
    private let report: MetricsReport
    /// Reading `/proc` takes its time with thousands of open files: not on a thread that answers requests.
    private let queue = DispatchQueue(label: "metrics")

    init(_ report: MetricsReport) {
        self.report = report
    }

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        queue.async {
            request.responder.respond(
                HTTPServerResponse(
                    status: .ok,
                    headerFields: [.contentType: MetricsText.contentType, .cacheControl: "no-store"],
                    body: Array(report.text().utf8)))
        }
        return nil
    }
}
