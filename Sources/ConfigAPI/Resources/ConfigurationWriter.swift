internal import BridgeEngine
internal import Logging

/// Makes changes of the configuration: in the database, to the bridge, and with a line in the log.
struct ConfigurationWriter: Sendable {
    let store: Store
    let bridge: any BridgeControl
    let logger: Logger

    /// Makes a change and tells what became of it, once it is on disk and the bridge has taken it, on a thread of the
    /// store's.
    /// - Parameters:
    ///   - request: whose change it is.
    ///   - isWanted: asked for the revision that the change would be made to.
    func write(
        _ change: ConfigurationChange, for request: APIRequest, ifRevision isWanted: @escaping @Sendable (Int) -> Bool,
        completion: @escaping @Sendable (Store.Outcome) -> Void
    ) {
        let requester = Requester(request)
        store.change(change, by: requester, ifRevision: isWanted) { [bridge, logger] outcome in
            switch outcome {
            case .stored(let configuration, let changed):
                if !changed.isEmpty {
                    bridge.apply(configuration.bridgeSettings, revision: configuration.revision)
                    logger.notice("\(AuditLine.modified(changed.map(\.rawValue), by: requester))")
                }
            case .refused, .stale: break
            case .failed(let error):
                logger.error(
                    "settings could not be stored",
                    metadata: [
                        LogKey.error: "\(StoreError.words(for: error))", LogKey.requestID: "\(request.http.id)",
                    ])
            }
            completion(outcome)
        }
    }
}
