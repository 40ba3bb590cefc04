internal import BridgeEngine

/// `/system/status`: what a Cisco Meeting Server says of itself. Clients read the fields by their position.
struct SystemStatusResource: APIResource {
    /// See ``Store/hostID``.
    let hostID: String
    /// The CMS release that clients are told.
    let emulatedVersion: String
    private let start = ContinuousClock.now

    init(hostID: String, emulatedVersion: String) {
        self.hostID = hostID
        self.emulatedVersion = emulatedVersion
    }

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        request.success(document(now: .now()))
    }

    /// The document. There are no calls here, so what counts them is zero.
    func document(now: Timestamp) -> Document {
        let uptime = Int((ContinuousClock.now - start).components.seconds)
        // CMS writes the time in whole seconds.
        let time = now.rfc3339.prefix(19) + "Z"
        let counters = [
            "cdrCorrelatorIndex", "callLegsActive", "callLegsMaxActive", "callLegsCompleted", "audioBitRateOutgoing",
            "audioBitRateIncoming", "videoBitRateOutgoing", "videoBitRateIncoming",
        ]
        return Document(
            "status",
            [
                .init("hostId", .text(hostID)), .init("softwareVersion", .text(emulatedVersion)),
                .init("uptimeSeconds", .integer(uptime)), .init("cdrTime", .text(String(time))),
                .init("activated", .flag(true)), .init("clusterEnabled", .flag(false)),
            ] + counters.map { .init($0, .integer(0)) })
    }
}
