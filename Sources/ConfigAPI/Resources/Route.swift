internal import HTTPTypes

/// What a path names.
enum Route: Sendable, Equatable, CaseIterable {
    /// The XMPP configuration.
    case configuration
    /// The state of the XMPP connection.
    case status

    /// The paths under `/api/v1`, in lower case: the one that a Cisco Meeting Server has, and its short form.
    var nodes: [String] {
        switch self {
        case .configuration: ["system/configuration/xmpp", "configuration/xmpp"]
        case .status: ["system/configuration/xmpp/status", "configuration/xmpp/status"]
        }
    }

    /// The methods that the node has; HEAD goes with GET.
    var methods: [HTTPRequest.Method] {
        switch self {
        // POST is PUT on this singleton.
        case .configuration: [.get, .head, .put, .post]
        case .status: [.get, .head]
        }
    }

    private static let byNode: [String: Route] = Dictionary(
        uniqueKeysWithValues: allCases.flatMap { route in route.nodes.map { ($0, route) } })

    /// Finds what a raw path, still encoded, names.
    ///
    /// Case does not count, nor do doubled and trailing slashes: real clients send both. An escape matches nothing, so
    /// that no encoded slash, dot or NUL leads anywhere.
    static func find(_ path: String) throws(APIFailure) -> Route {
        let segments = path.lowercased().split(separator: "/")
        guard segments.count >= 2, segments[0] == "api" else { throw .unrecognisedObject }
        guard segments[1] == "v1" else {
            let isVersion = segments[1].first == "v" && segments[1].dropFirst().allSatisfy(\.isNumber)
            throw isVersion && segments[1].count > 1 ? .invalidVersion : .unrecognisedObject
        }
        guard let route = byNode[segments.dropFirst(2).joined(separator: "/")] else { throw .unrecognisedObject }
        return route
    }
}
